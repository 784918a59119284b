"""MathML as LaTeX, for formulas that a page gives in no other form."""

from lxml import etree  # type: ignore[import-untyped]

_DEEPEST = 40
_ACCENTS = {
    "^": "hat",
    "ˆ": "hat",
    "~": "tilde",
    "˜": "tilde",
    "¯": "bar",
    "‾": "bar",
    "_": "underline",
    "→": "vec",
    "˙": "dot",
}
_ACCENTS |= {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u20d7": "vec", "¨": "ddot", "ˇ": "check"}
_SPECIAL = {
    "\\": "\\backslash ",
    "{": "\\{",
    "}": "\\}",
    "%": "\\%",
    "$": "\\$",
    "#": "\\#",
    "&": "\\&",
    "_": "\\_",
    "~": "\\sim ",
}
_ALPHABETS = {"script": "mathcal", "double-struck": "mathbb", "fraktur": "mathfrak"}
_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b"), "")


def latex_of(math: etree._Element) -> str:
    """The LaTeX of a `math` element: what it carries of it, else what its elements say."""
    for annotation in math.iter("annotation", "{*}annotation"):
        if "tex" in (annotation.get("encoding") or "").lower() and annotation.text:
            return str(annotation.text)
    if alternative := math.get("alttext"):
        return str(alternative)
    return _row(math, 0)


def _row(element: etree._Element, depth: int) -> str:
    return " ".join(filter(None, (_made(child, depth) for child in element)))


def _text(element: etree._Element) -> str:
    text = " ".join("".join(element.itertext()).split()).translate(_INVISIBLE)
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def _made(element: etree._Element, depth: int) -> str:
    tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
    if depth > _DEEPEST:
        return _text(element)
    parts = [child for child in element if isinstance(child.tag, str)]
    inside = [f"{{{_made(child, depth + 1)}}}" for child in parts] if tag in _PLACES else []
    match tag:
        case "mi" | "mn":
            text = _text(element)
            if alphabet := _ALPHABETS.get(element.get("mathvariant") or ""):
                return f"\\{alphabet}{{{text}}}"
            return f"\\operatorname{{{text}}}" if tag == "mi" and len(text) > 2 and text.isalpha() else text
        case "mo":
            return _text(element)
        case "mtext" | "ms":
            return f"\\text{{{' '.join(''.join(element.itertext()).split())}}}"
        case "mspace":
            return "\\;"
        case "mphantom" | "annotation" | "annotation-xml" | "none" | "mprescripts" | "":
            return ""
        case "msqrt":
            return f"\\sqrt{{{_row(element, depth + 1)}}}"
        case "mtable":
            rows = [" & ".join(_row(cell, depth + 1) for cell in row) for row in parts]
            return "\\begin{matrix}" + " \\\\ ".join(rows) + "\\end{matrix}"
        case "mfenced":
            opens, closes = element.get("open", "("), element.get("close", ")")
            return f"\\left{opens or '.'} {_row(element, depth + 1)} \\right{closes or '.'}"
    if tag in _PLACES and len(inside) >= _PLACES[tag]:
        return _placed(tag, inside, parts)
    return _row(element, depth + 1)


# Elements whose children each have a place, and how many they have.
_PLACES = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "mroot": 2, "mover": 2, "munder": 2, "munderover": 3}


def _placed(tag: str, inside: list[str], parts: list[etree._Element]) -> str:
    match tag:
        case "mfrac":
            return f"\\frac{inside[0]}{inside[1]}"
        case "mroot":
            return f"\\sqrt[{inside[1][1:-1]}]{inside[0]}"
        case "mover" if accent := _ACCENTS.get("".join(parts[1].itertext()).strip()):
            return f"\\{accent}{inside[0]}"
        case "msup" | "mover":
            return f"{inside[0]}^{inside[1]}"
        case "msub" | "munder":
            return f"{inside[0]}_{inside[1]}"
        case _:
            return f"{inside[0]}_{inside[1]}^{inside[2]}"
