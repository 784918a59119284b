"""A selection as LaTeX: special characters escaped, quotes and dashes as TeX writes them, Unicode maths as commands.

The signs are those that our own reading of formulas makes out of LaTeX, taken the other way.
"""

import re
import unicodedata
from typing import Final

from cs229tui.documents.flow import Block, Flow
from cs229tui.documents.formulas.signs import (
    ACCENTS,
    ALPHABETS,
    BINARY,
    DELIMITERS,
    FUNCTIONS,
    LARGE,
    LETTERS,
    LOWERED,
    RAISED,
    RELATIONS,
)
from cs229tui.tui.reading.built_up import MADE, Drawing
from cs229tui.tui.reading.selection import Selection, stretches

# Signs that a text may have outside of any formula.
_IN_TEXT = frozenset("†‡§¶©£¥€°•✓…")
_SIGNS: Final[dict[str, str]] = {"−": "-", "∗": "*", "′": "'", "…": r"\ldots"}
_UP: Final = {
    sign: plain
    for plain, sign in reversed(RAISED.items())
    if not sign.isascii() and sign != plain and sign not in "†‡°∘"
}
_DOWN: Final = {sign: plain for plain, sign in reversed(LOWERED.items()) if sign != plain} | {"₍": "(", "₎": ")"}
_ACCENTS: Final = {mark: name for name, mark in reversed(ACCENTS.items())}
_KNOWN: Final = FUNCTIONS - {
    "argmax",
    "argmin",
    "softmax",
    "sigmoid",
    "Var",
    "Cov",
    "tr",
    "rank",
    "diag",
    "sign",
    "sgn",
}

for _name, _letters in ALPHABETS.items():
    for _letter, _sign in _letters.items():
        _SIGNS.setdefault(_sign, rf"\{_name}{{{_letter}}}")
for _table in (LETTERS, BINARY, RELATIONS, LARGE, DELIMITERS):
    for _name, _sign in _table.items():
        # Letters of a foreign alphabet are letters, not signs.
        if (len(_sign) == 1 and ord(_sign) > 0x17F) or _sign in "×÷±·¬":
            _SIGNS.setdefault(_sign, f"\\{_name}")

_TEXT: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "“": "``", "”": "''", "‘": "`", "’": "'", "–": "--",
    "—": "---", "‐": "-", "‑": "-", "…": r"\ldots{}", "\xa0": "~", "•": r"\textbullet{}",
}  # fmt: skip
# Words of the language in a formula: “1 if x > 0”.
_PROSE = re.compile(
    rf"(?:(?<=\s)|^)(?:(?!(?:{'|'.join(sorted(FUNCTIONS))})\b)(?:[A-Za-z]{{3,}}|if|or|is|of|in) )+(?=[\w(])"
)
_MATH: Final = {
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "~": r"\sim",
    "\\": r"\backslash",
    "{": r"\{",
    "}": r"\}",
    "^": r"\hat{}",
    "_": r"\_",
}
_LINKS = re.compile(r"[=<>+/|:-]+|\d+(?:\.\d+)?|[B-HJ-Zb-z]")
_SCRIPTED = re.compile(r"[_^]\{|^[A-Za-z]{1,2}[_^]\w")
_CORE = re.compile(r"([(\[“‘\"']*)(.*?)([)\]”’\"'.,;:?!]*)", re.DOTALL)
_TAG = re.compile(r"\s+\((\d+[a-z]?(?:\.\d+[a-z]?)*)\)\s*$")
_DRAWN = re.compile("[⎛-⎳─-╿]")
_ITEM = re.compile(r"\s*(?:[•◦▪∙·–—*‣⁃-]|(\(?\w{1,4}[.)]))\s+")
_VERBATIM = frozenset({"code", "table"})
_DEEPEST = 60


def latex(flow: Flow, chosen: Selection, source: str) -> str:
    """The selection in LaTeX, prose as a quotation; a comment says where it is from."""
    parts: list[str] = []
    listed, prose = "", False
    for block, low, high in stretches(flow, chosen):
        kind = flow[block].kind
        text = flow[block].text[low:high]
        if (wanted := _list_of(flow[block]) if kind == "item" else "") != listed:
            parts += [rf"\end{{{listed}}}"] * bool(listed) + [rf"\begin{{{wanted}}}"] * bool(wanted)
            listed = wanted
        elif parts and not listed:
            parts.append("")
        prose = prose or kind not in ("equation", *_VERBATIM)
        parts.append(_block(kind, text))
    parts += [rf"\end{{{listed}}}"] * bool(listed)
    body = "\n".join(parts)
    quoted = f"\\begin{{quote}}\n{body}\n\\end{{quote}}" if prose else body
    return f"{quoted}\n% {source}\n"


def _list_of(block: Block) -> str:
    found = _ITEM.match(block.text)
    return "enumerate" if found and found[1] else "itemize"


def _block(kind: str, text: str) -> str:
    if kind in _VERBATIM:
        return "\\begin{verbatim}\n" + text.rstrip("\n") + "\n\\end{verbatim}"
    if kind == "equation":
        return display(text)
    if kind == "item":
        return rf"\item {prose(_ITEM.sub('', text, count=1))}"
    return rf"\textbf{{{prose(text)}}}" if kind in ("heading", "title") else prose(text)


def display(text: str) -> str:
    """A displayed formula; one that cannot be read back from how it is drawn is a comment."""
    drawing = Drawing(text.split("\n"), _math)
    lines = None if _is_deep(text) else drawing.lines()
    if lines is None or _DRAWN.search("".join(lines)):
        return "\n".join(["% a formula, as it was drawn:", *(f"%   {line}" for line in text.rstrip().split("\n"))])
    tag, rows = "", []
    for line in lines:
        if found := _TAG.search(line):
            tag, line = rf" \tag{{{found[1]}}}", line[: found.start()]
        if line.strip():
            rows.append(r" \quad ".join(_math(part, drawing.made) for part in re.split(r"\s{2,}", line.strip())))
    body = rows[0] if len(rows) == 1 else "\\begin{gathered}\n  " + " \\\\\n  ".join(rows) + "\n  \\end{gathered}"
    return f"\\[\n  {body}{tag}\n\\]"


def prose(text: str) -> str:
    """A text with its formulas between dollar signs."""
    words = re.split(r"(\s+)", unicodedata.normalize("NFC", text))
    kinds = [_kind(word) for word in words[::2]]
    for at, following in enumerate(words[2::2]):
        if words[2 * at] in ("a", "A", "I") and len(following) == 1 and kinds[at + 1] == "math":
            kinds[at] = "link"
    for order in (range(1, len(kinds)), range(len(kinds) - 2, -1, -1)):
        for at in order:
            before = at - 1 if order.step > 0 else at + 1
            first = words[2 * min(at, before)]
            # What ends a clause ends a formula too.
            if kinds[at] == "link" and kinds[before] == "math" and first[-1:] not in ".,;:":
                kinds[at] = "math"
    out: list[str] = []
    at = 0
    while at < len(kinds):
        last = at
        if kinds[at] == "math":
            while last + 1 < len(kinds) and kinds[last + 1] == "math" and words[2 * last][-1:] not in ".,;:":
                last += 1
            out.append(_inline(" ".join(words[2 * at : 2 * last + 1 : 2])))
        else:
            out.append(_escaped(words[2 * at]))
        at = last + 1
    return " ".join(out)


def _is_deep(text: str) -> bool:
    """Whether brackets may stand in each other deeper than any formula's do."""
    return text.count("{") + text.count("√") > _DEEPEST


def _kind(word: str) -> str:
    if _is_deep(word):
        return "text"
    if any(_is_sign(character) for character in word) or _SCRIPTED.search(word):
        return "math"
    return "link" if _LINKS.fullmatch(word.rstrip(".,;:")) else "text"


def _is_sign(character: str) -> bool:
    if character in _IN_TEXT:
        return False
    known = character in _SIGNS or character in _UP or character in _DOWN or character in _ACCENTS or character == "√"
    return known or 0x1D400 <= ord(character) < 0x1D800


def _inline(text: str) -> str:
    # The hyphen of “ε-greedy” is one of the language.
    pieces = re.split(r"(?<=\w)([-‐])(?=[A-Za-z]{2})|(?<=[A-Za-z]{2})([-‐])(?=\w)", text)
    if len(pieces) > 1:
        return "".join("-" if at % 3 else prose(piece) for at, piece in enumerate(pieces) if piece)
    found = _CORE.fullmatch(text)
    before, core, after = found.groups() if found else ("", text, "")
    while after and core.count("(") > core.count(")") and after[0] == ")":
        core, after = core + ")", after[1:]
    while before and core.count(")") > core.count("(") and before[-1] == "(":
        core, before = "(" + core, before[:-1]
    return f"{_escaped(before)}${_math(core)}${_escaped(after)}"


def _escaped(text: str) -> str:
    text = re.sub(r'(^|[\s(\[])"', r"\1“", text).replace('"', "”")
    text = "".join(unicodedata.normalize("NFKC", one) if "\ufb00" <= one <= "\ufb06" else one for one in text)
    return "".join(_TEXT.get(character, character) for character in text)


def _math(text: str, made: list[str] | None = None) -> str:
    pieces: list[str] = []
    at = 0
    text = unicodedata.normalize("NFC", text)
    while at < len(text):
        piece, at = _atom(text, at, made or [])
        if pieces and re.search(r"\\[A-Za-z]+$", pieces[-1]) and piece[:1].isalpha():
            pieces.append(" ")
        pieces.append(piece)
    return "".join(pieces)


def _atom(text: str, at: int, made: list[str]) -> tuple[str, int]:
    """The next piece of a formula in LaTeX, and where the one after it begins."""
    character = text[at]
    for table, mark in ((_UP, "^"), (_DOWN, "_")):
        end = at
        while end < len(text) and text[end] in table:
            end += 1
        if end > at:
            return mark + "{" + _math("".join(table[one] for one in text[at:end])) + "}", end
    if character in "^_" and at + 1 < len(text):
        inner, end = _group(text, at + 1)
        return character + "{" + _math(inner, made) + "}", end
    if character == "√":
        inner, end = _group(text, at + 1)
        return rf"\sqrt{{{_math(inner, made)}}}", end
    if MADE <= ord(character) < MADE + len(made):
        return made[ord(character) - MADE], at + 1
    letter = unicodedata.normalize("NFD", character)
    if len(letter) > 1 and letter[1] in _ACCENTS:
        return rf"\{_ACCENTS[letter[1]]}{{{_math(letter[0])}}}", at + 1
    if at + 1 < len(text) and text[at + 1] in _ACCENTS:
        return rf"\{_ACCENTS[text[at + 1]]}{{{_math(character)}}}", at + 2
    if found := _PROSE.match(text, at):
        return rf"\text{{{' ' * (at > 0)}{found[0]}}}", found.end()
    if found := re.match("[A-Za-z]{3,}", text[at:]):
        word = found[0]
        known = f"\\{word}" if word in _KNOWN else rf"\mathrm{{{word}}}"
        return (rf"\operatorname{{{word}}}" if word in FUNCTIONS - _KNOWN else known), at + len(word)
    if 0x1D400 <= ord(character) < 0x1D800 and character not in _SIGNS:
        name, plain = unicodedata.name(character, ""), unicodedata.normalize("NFKD", character)
        plain = _SIGNS.get(plain, plain)
        style = "boldsymbol" if "BOLD ITALIC" in name else "mathbf" if "BOLD" in name else ""
        return (rf"\{style}{{{plain}}}" if style else plain), at + 1
    return _SIGNS.get(character) or _MATH.get(character, character), at + 1


def _group(text: str, at: int) -> tuple[str, int]:
    """What a script or a root is over: what stands in brackets, else a word, else a sign; and where that ends."""
    if text[at : at + 1] in ("{", "("):
        close = "}" if text[at] == "{" else ")"
        depth = 0
        for end in range(at, len(text)):
            depth += (text[end] == text[at]) - (text[end] == close)
            if not depth:
                return text[at + 1 : end], end + 1
    found = re.match(r"[A-Za-z0-9.]*[A-Za-z0-9]", text[at:]) or re.match(r".", text[at:], re.DOTALL)
    end = at + (len(found[0]) if found else 0)
    # A root goes on over the index of what is below it.
    while text[at - 1] == "√" and end < len(text) and text[end] in _DOWN:
        end += 1
    return text[at:end], end
