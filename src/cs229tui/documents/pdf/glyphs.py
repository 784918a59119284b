"""What fonts and their signs mean: which fonts are for mathematics, and signs whose meaning a file does not tell."""

import re

# TeX's math extension font (cmex) at the codes of its encoding: big delimiters, operators, accents.
EXTENSION_SIGNS: dict[int, str] = {
    **dict.fromkeys((0x00, 0x10, 0x12, 0x20), "("),
    **dict.fromkeys((0x01, 0x11, 0x13, 0x21), ")"),
    **dict.fromkeys((0x02, 0x14, 0x22, 0x68), "["),
    **dict.fromkeys((0x03, 0x15, 0x23, 0x69), "]"),
    **dict.fromkeys((0x08, 0x1A, 0x28, 0x6E), "{"),
    **dict.fromkeys((0x09, 0x1B, 0x29, 0x6F), "}"),
    **dict.fromkeys((0x04, 0x16, 0x24, 0x6A), "⌊"),
    **dict.fromkeys((0x05, 0x17, 0x25, 0x6B), "⌋"),
    **dict.fromkeys((0x06, 0x18, 0x26, 0x6C), "⌈"),
    **dict.fromkeys((0x07, 0x19, 0x27, 0x6D), "⌉"),
    **dict.fromkeys((0x0A, 0x1C, 0x2A, 0x44), "⟨"),
    **dict.fromkeys((0x0B, 0x1D, 0x2B, 0x45), "⟩"),
    **dict.fromkeys((0x0C, 0x3F, 0x77), "|"),
    0x0D: "∥",
    # The parts of brackets that are taller than any single sign.
    **dict(zip((*range(0x30, 0x3F), *range(0x40, 0x44)), "⎛⎞⎡⎤⎣⎦⎢⎥⎧⎫⎩⎭⎨⎬⎪⎝⎠⎜⎟", strict=True)),
    **dict.fromkeys((0x0E, 0x1E, 0x2C, 0x2E), "/"),
    **dict.fromkeys((0x0F, 0x1F, 0x2D, 0x2F), "\\"),
    **dict.fromkeys((0x46, 0x47), "⊔"),
    **dict.fromkeys((0x48, 0x49), "∮"),
    **dict.fromkeys((0x4A, 0x4B), "⊙"),
    **dict.fromkeys((0x4C, 0x4D), "⊕"),
    **dict.fromkeys((0x4E, 0x4F), "⊗"),
    **dict.fromkeys((0x50, 0x58), "∑"),
    **dict.fromkeys((0x51, 0x59), "∏"),
    **dict.fromkeys((0x52, 0x5A), "∫"),
    **dict.fromkeys((0x53, 0x5B), "⋃"),
    **dict.fromkeys((0x54, 0x5C), "⋂"),
    **dict.fromkeys((0x55, 0x5D), "⨄"),
    **dict.fromkeys((0x56, 0x5E), "⋀"),
    **dict.fromkeys((0x57, 0x5F), "⋁"),
    **dict.fromkeys((0x60, 0x61), "∐"),
    **dict.fromkeys((0x62, 0x63, 0x64), "^"),
    **dict.fromkeys((0x65, 0x66, 0x67), "~"),
    **dict.fromkeys((0x70, 0x71, 0x72, 0x73, 0x74), "√"),
    # The ends and the middle of a brace that lies above or below a formula.
    **dict.fromkeys((0x7A, 0x7B, 0x7C, 0x7D), "⏟"),
}

# The brackets' parts, where a file names them in Adobe's private characters.
BRACKET_PARTS: dict[int, str] = {
    **dict(zip(range(0xF8EB, 0xF8EE), "⎛⎜⎝", strict=True)),
    **dict(zip(range(0xF8EE, 0xF8F1), "⎡⎢⎣", strict=True)),
    **dict(zip(range(0xF8F1, 0xF8F5), "⎧⎨⎩⎪", strict=True)),
    **dict(zip(range(0xF8F6, 0xF8F9), "⎞⎟⎠", strict=True)),
    **dict(zip(range(0xF8F9, 0xF8FC), "⎤⎥⎦", strict=True)),
    **dict(zip(range(0xF8FC, 0xF8FF), "⎫⎬⎭", strict=True)),
}

# TeX's other fonts for mathematics at the codes of their encodings, for files that tell no character's name.
_LETTERS = {
    **dict(enumerate("ΓΔΘΛΞΠΣΥΦΨΩαβγδϵζηθικλμνξπρστυϕχψωεϑϖϱςφ↼↽⇀⇁")),
    **dict(zip(range(0x30, 0x3A), "0123456789", strict=True)),
    **dict(zip(range(0x3A, 0x41), ".,</>⋆∂", strict=True)),
    **dict(zip(range(0x5B, 0x61), "♭♮♯⌣⌢ℓ", strict=True)),
    **dict(zip(range(0x7B, 0x7F), "ıȷ℘⃗", strict=True)),
}
_SYMBOLS = {
    **dict(enumerate("−·×∗÷⋄±∓⊕⊖⊗⊘⊙○∘•≍≡⊆⊇≤≥⪯⪰∼≈⊂⊃≪≫≺≻←→↑↓↔↗↘≃⇐⇒⇑⇓⇔↖↙∝′∞∈∋△▽")),
    **dict(zip(range(0x38, 0x41), "∀∃¬∅ℜℑ⊤⊥ℵ", strict=True)),
    **dict(zip(range(0x5B, 0x80), "∪∩⊎∧∨⊢⊣⌊⌋⌈⌉{}⟨⟩|∥↕⇕\\≀√⨿∇∫⊔⊓⊑⊒§†‡¶♣♢♡♠", strict=True)),
}
_RELATED = {
    0x2C: "≜", 0x36: "⩽", 0x3E: "⩾", 0x03: "□", 0x04: "■", 0x2E: "≲", 0x26: "≳", 0x46: "★", 0x58: "✓",
}  # fmt: skip
_DOUBLE = {0x60: "ϝ", 0x6E: "ℶ", 0x7E: "ϰ", 0x3F: "∅", 0x28: "⊊", 0x6C: "⋖", 0x6D: "⋗", 0x7D: "ℏ", 0x24: "≰"}
# Where TeX's old text fonts differ from ASCII.
OLD_TEXT_SIGNS = {
    0x0B: "ﬀ", 0x0C: "ﬁ", 0x0D: "ﬂ", 0x0E: "ﬃ", 0x0F: "ﬄ", 0x10: "ı", 0x19: "ß", 0x1A: "æ", 0x1B: "œ", 0x1C: "ø",
    0x22: "”", 0x5C: "“", 0x7B: "–", 0x7C: "—",
}  # fmt: skip
_ITALIC_MATHS = re.compile(r"^(?:[A-Z]{6}\+)?(?:CMMI|CMMIB|LMMathItalic|[A-Za-z]*MathMI|txmi|pxmi|NewTXMI|MTMI)", re.I)
_RELATIONS = re.compile(r"^(?:[A-Z]{6}\+)?(?:MSAM|[tp]xsya)", re.I)
_BLACKBOARD = re.compile(r"^(?:[A-Z]{6}\+)?(?:MSBM|[tp]xsyb|bbm|dsrom|BBOLD)", re.I)


def sign_of(font: str, code: int) -> str | None:
    """What a code of a mathematical font stands for by the encoding that fonts of its name have."""
    if is_extension_font(font):
        return EXTENSION_SIGNS.get(code, {0xCD: "∑", 0xCE: "∏"}.get(code, "\ufffd"))
    if _ITALIC_MATHS.match(font):
        return _LETTERS.get(code)
    if is_symbol_font(font):
        return _SYMBOLS.get(code)
    if _RELATIONS.match(font):
        return _RELATED.get(code)
    return _DOUBLE.get(code) if _BLACKBOARD.match(font) else None


def letter_of(font: str, code: int) -> str | None:
    """What a character of a mathematical font means where a file names only the plain letter, or a private one."""
    if code in BRACKET_PARTS:
        return BRACKET_PARTS[code]
    if code == 0xFE01:
        return "\ufffd"
    if 65 <= code <= 90 and _BLACKBOARD.match(font):
        return {67: "ℂ", 72: "ℍ", 78: "ℕ", 80: "ℙ", 81: "ℚ", 82: "ℝ", 90: "ℤ"}.get(code, chr(0x1D538 + code - 65))
    return "h" if code == 0x210E else None


_EXTENSION = re.compile(r"^(?:[A-Z]{6}\+)?(?:CMEX|LMMathExtension|MTEX|txexs?\b|pxex)", re.I)
_SYMBOL = re.compile(
    r"^(?:[A-Z]{6}\+)?(?:CMEX|CMSY|CMBSY|LMMathExt|LMMathSymb|MTEX|MTSY|txex|txsys?\b|pxex|pxsys?\b)", re.I
)
_MATHS = re.compile(
    r"^(?:[A-Z]{6}\+)?(?:CM(?:MI|SY|EX|BSY|MIB)|LMMath|MS[AB]M|EU[FRS]M|MT(?:MI|SY|EX)|[tp]x(?:mi|sy|ex|bmi)|rsfs|"
    r"stmary|wasy|bbm|dsrom|BBOLD|Cambria ?Math|STIX.*Math|XITSMath|LatinModernMath|Symbol|Asana|NewCMMath|"
    r"[A-Za-z]*MathItalic|[A-Za-z]*MathMI|[A-Za-z]*-?Math\b|Fourier-Math|Kp-|esint|zplm|PazoMath|eufm|NewTXMI|ntx|Libertine?M)",
    re.I,
)
_BOLD = re.compile(r"bold|medi\b|-medi|cmb|black|heavy|semibold|demi|-bd|SFBX|NewTXB|LinBiolinumTB|TB\b|CMSSBX", re.I)
_PLAIN = re.compile(r"regu|roman|book|light|thin|CMR\d|CMTI|SFRM|SFTI|-It\b", re.I)
_ITALIC = re.compile(r"ital|obli|CMTI|CMSL|SFTI|-It\b|ReguItal|-I\b", re.I)
_MONO = re.compile(r"mono|courier|cmtt|typewriter|consol|menlo|SFTT|inconsolata|code|lmtt|txtt|cour", re.I)


def is_extension_font(name: str) -> bool:
    """Whether a font is TeX's extension font, whose codes are no Unicode."""
    return bool(_EXTENSION.match(name))


def is_symbol_font(name: str) -> bool:
    """Whether a font's glyphs hang from their origin, so that only their ink tells where they are."""
    return bool(_SYMBOL.match(name))


def is_maths(name: str) -> bool:
    """Whether a font is for mathematics."""
    return bool(_MATHS.match(name))


def is_bold(name: str, weight: int) -> bool:
    """Whether a font is bold, by its name first: weights guessed from stems are rough, and wrong in distilled files."""
    return bool(_BOLD.search(name)) or (weight >= 680 and not _PLAIN.search(name) and not is_maths(name))


def is_italic(name: str, flags: int) -> bool:
    """Whether a font slants."""
    return bool(_ITALIC.search(name)) or bool(flags & 64)


def is_mono(name: str, flags: int) -> bool:
    """Whether a font gives every character the same width."""
    return bool(_MONO.search(name)) or bool(flags & 1)
