"""Text from outside made safe to show: no escape sequence, no control, no direction override reaches the terminal.

Everything that enters the program (documents, metadata, other people, file names, the network) passes here once, at the
edge; what is stored is already clean. Textual and Rich do not do this for us.
"""

import re
import unicodedata
from typing import Any

# Patterns are compiled when first used, which a usual start is not.
# Whole escape sequences first, so that their parameters do not stay behind as text: CSI; then OSC, DCS, SOS, PM and APC
# with their terminator; then any other two-byte escape.
_SEQUENCES = (
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?"
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]?"
)
# C0 except tab and newline, DEL, C1; soft hyphen; zero-width and direction marks; line and paragraph separators; BOM,
# interlinear and other format characters; variation selectors stay (they are harmless); tags; private use; surrogates;
# noncharacters.
_FORBIDDEN = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ue000-\uf8ff\ud800-\udfff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_MARKS = (
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


def clean(text: str, limit: int | None = None) -> str:
    """Text without anything a terminal would obey, in NFC, with at most `limit` characters; newlines and tabs stay."""
    if limit is not None:
        text = text[: limit * 4]
    # What nearly every text is has nothing to take away, which is seen twenty times faster than it is looked for.
    if not (text.isascii() and _plain(text)):
        text = _cleaned(text)
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def _plain(text: str) -> bool:
    """Whether there is nothing but printable characters, new lines and tabs."""
    return text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable()


def _cleaned(text: str) -> str:
    if _plain(text):
        # No escape, no control, no format character: of what is forbidden only tags are printable.
        text = re.sub("[\U000e0000-\U000e0fff]", "", text)
        return unicodedata.normalize("NFC", re.sub(_MARKS, r"\1", text))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = re.sub(_FORBIDDEN, "", re.sub(_SEQUENCES, "", text))
    return unicodedata.normalize("NFC", re.sub(_MARKS, r"\1", text))


def clean_line(text: str, limit: int | None = None) -> str:
    """`clean` for titles and names: one line, runs of white space made one space."""
    return clean(" ".join(clean(text).split()), limit)


def clean_characters(text: str) -> str:
    """`clean` one character for one character, for text whose positions must stay: what is forbidden becomes U+FFFD."""
    return re.sub(_FORBIDDEN, "\ufffd", text.replace("\u2028", "\n").replace("\u2029", "\n"))


def clean_values(value: Any, limit: int = 4000) -> Any:
    """`clean_line` for every text in what a TOML or JSON file holds, the keys of its tables included."""
    if isinstance(value, str):
        return clean_line(value, limit)
    if isinstance(value, list):
        return [clean_values(item, limit) for item in value]
    if isinstance(value, dict):
        return {clean_line(key, 200): clean_values(item, limit) for key, item in value.items()}
    return value
