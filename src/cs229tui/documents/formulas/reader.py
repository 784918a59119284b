"""LaTeX read token by token into parts that stand beside each other."""

import re

from cs229tui.documents.formulas.commands import (
    SPECIAL,
    TABLES,
    UnreadableError,
    accented,
    binomial,
    delimiter,
)
from cs229tui.documents.formulas.layout import (
    Part,
    beside,
    columns,
    fraction,
    grid,
    joined,
    scripted,
    sign,
    solid,
    with_gaps,
)
from cs229tui.documents.formulas.signs import ACCENTS, ALPHABETS, DELIMITERS, FUNCTIONS, RELATIONS, names

_DEEPEST = 40
_MOST_TOKENS = 60_000
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.S)
_DEFINITION = re.compile(r"\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|def|gdef|let)(?![A-Za-z])")

_ESCAPED = {"{": "{", "}": "}", "%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "|": "‖"}
_SPACES = {",": " ", ":": " ", ";": " ", ">": " ", "!": "", " ": " ", "\n": " ", "/": "", "-": ""}
_WORDS = names("text textrm textbf textit texttt textsf textnormal textsc textup textmd mbox hbox emph textsl fbox")
_UPRIGHT = names(
    "mathrm mathit mathsf mathtt mathbf boldsymbol bm mathnormal mathbold pmb bold symbf symup smash mathop mathord"
    " mathpunct mathinner cancel bcancel xcancel boldmath ensuremath hphantom vphantom mathclap mathllap mathrlap"
    " operatorname operatorname* underline underbar"
)
_SILENT = names(
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag big Big bigg Bigg bigl Bigl"
    " biggl Biggl bigr Bigr biggr Biggr bigm Bigm biggm Biggm rm bf it sf tt sc cal frak mit Large large small tiny"
    " normalsize footnotesize huge Huge hline allowbreak strut mathstrut protect noindent centering hfill relax"
    " allowdisplaybreaks null unboldmath"
)
_DROPPED_WITH_ARGUMENT = {"hspace": 1, "hspace*": 1, "vspace": 1, "vspace*": 1, "phantom": 1, "color": 1, "rule": 2}
_DROPPED_WITH_ARGUMENT |= {"style": 0, "require": 1, "cline": 1, "setlength": 2, "kern": 0, "mkern": 0, "hskip": 0}
_ALIGNED = names(
    "align align* aligned eqnarray eqnarray* split alignat alignat* alignedat gather gather* gathered multline"
    " multline* equation equation* displaymath math flalign flalign* subequations IEEEeqnarray dmath dmath*"
)
_GRIDS = {
    "matrix": ("", ""),
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
    "smallmatrix": ("", ""),
    "array": ("", ""),
    "cases": ("{", ""),
    "dcases": ("{", ""),
    "rcases": ("", "}"),
    "subarray": ("", ""),
}


class Reader:
    """A cursor over the tokens of one formula."""

    def __init__(self, latex: str, lines: bool, macros: dict[str, str]) -> None:
        self.lines = lines
        self.macros = macros
        # The next one is the last, so that expanding a macro is cheap.
        self.tokens: list[str] = _TOKEN.findall(latex)[::-1]
        self.read = 0
        self.depth = 0

    # Tokens

    def peek(self) -> str:
        while self.tokens and self.tokens[-1].isspace():
            self.tokens.pop()
        return self.tokens[-1] if self.tokens else ""

    def next(self) -> str:
        self.peek()
        if not self.tokens:
            raise UnreadableError
        self.read += 1
        if self.read > _MOST_TOKENS:
            raise UnreadableError
        return self.tokens.pop()

    def raw_argument(self) -> str:
        """The source of the next group or token."""
        piece = self.next()
        if piece != "{":
            return piece
        depth = 1
        found: list[str] = []
        while self.tokens:
            piece = self.tokens.pop()
            depth += (piece == "{") - (piece == "}")
            if not depth:
                return "".join(found)
            found.append(piece)
        raise UnreadableError

    def option(self) -> str:
        """The source of an argument in square brackets, if there is one."""
        if self.peek() != "[":
            return ""
        self.next()
        found: list[str] = []
        while self.tokens:
            piece = self.tokens.pop()
            if piece == "]":
                return "".join(found)
            found.append(piece)
        raise UnreadableError

    def argument(self, tight: bool = False) -> Part:
        piece = self.peek()
        if piece == "{":
            self.next()
            made = joined(self.sequence(), tight)
            if self.next() != "}":
                raise UnreadableError
            return made
        if piece and piece[0].isdigit() and len(piece) > 1:
            self.tokens[-1] = piece[1:]
            return sign(piece[0])
        if piece in ("", "}", "&", "\\\\", "\\end", "\\right"):
            raise UnreadableError
        return self.atom() or sign("")

    # Structure

    def whole(self) -> Part:
        made = self.rows_until("")
        if self.peek():
            raise UnreadableError
        return made

    def rows_until(self, environment: str) -> Part:
        """Rows of cells up to the end of an environment (or of the formula), in the shape that environment gives."""
        rows: list[list[Part]] = [[]]
        while True:
            rows[-1].append(joined(self.sequence()))
            piece = self.peek()
            if piece == "&":
                self.next()
            elif piece in ("\\\\", "\\cr", "\\newline"):
                self.next()
                self.option()
                rows.append([])
            elif piece == "\\end" and environment:
                self.next()
                if self.raw_argument().strip() != environment:
                    raise UnreadableError
                break
            elif not piece and not environment:
                break
            else:
                raise UnreadableError
        rows = [row for row in rows if any(any(cell.rows) for cell in row)]
        if not rows:
            return sign("")
        if "eqnarray" in environment.lower():
            # The sign in the middle has a column of its own.
            rows = [
                [row[0], sign(" ".join(cell.text for cell in row[1:] if cell.text))] if row[1:] else row for row in rows
            ]
        if environment in _GRIDS:
            return self._grid(rows, *_GRIDS[environment])
        if not self.lines:
            return joined([sign("; ".join("".join(with_gaps(row)) for row in rows))])
        return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else columns(rows)

    def _grid(self, rows: list[list[Part]], left: str, right: str) -> Part:
        if self.lines:
            return grid(rows, left, right)
        text = "; ".join(", ".join(cell.text for cell in row) for row in rows)
        return sign(f"{left or '['}{text}{right or ('}' if left == '{' else ']')}")

    def sequence(self) -> list[Part]:
        """What stands in a row up to something that ends it: a bracket of the source, a cell, a row, the end."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UnreadableError
        parts: list[Part] = []
        while (piece := self.peek()) and piece not in ("}", "&", "\\\\", "\\cr", "\\newline", "\\end", "\\right"):
            if piece in ("\\over", "\\choose", "\\atop"):
                self.next()
                above, below = joined(parts), joined(self.sequence())
                parts = [fraction(above, below) if piece == "\\over" else binomial(above, below)]
                break
            made = self.scripts(self.atom())
            if made is not None:
                parts.append(made)
        self.depth -= 1
        return parts

    def scripts(self, base: Part | None) -> Part | None:
        low: Part | None = None
        high: Part | None = None
        primes = ""
        while (piece := self.peek()) in ("^", "_", "'", "\\limits", "\\nolimits"):
            self.next()
            if piece == "'":
                primes += "′"
            elif piece == "^":
                high = self.argument(tight=True) if high is None else joined([high, self.argument(tight=True)])
            elif piece == "_":
                low = self.argument(tight=True) if low is None else joined([low, self.argument(tight=True)])
        if base is None and low is None and high is None and not primes:
            return None
        base = base or sign("")
        if primes:
            base = beside([solid(base), sign(primes)])._replace(kind=base.kind)
        if low is None and high is None:
            return base
        # A long label over or under a brace is no script, but a remark.
        follows = self.peek()
        return scripted(base, low, high, bool(follows) and (follows.isalnum() or follows[1:2].isalpha()))

    # Atoms

    def atom(self) -> Part | None:
        piece = self.next()
        if piece == "{":
            made = joined(self.sequence())
            if self.next() != "}":
                raise UnreadableError
            return made
        if len(piece) > 1 and piece[0] == "\\":
            return self.command(piece[1:])
        match piece:
            case "^" | "_" | "'":
                self.tokens.append(piece)
                return sign("")
            case "~":
                return sign(" ", "space")
            case "-":
                return sign("−", "binary")
            case "+" | "*" | "±" | "·" | "×" | "−":
                return sign(piece, "binary")
            case "=" | "<" | ">" | "≤" | "≥" | "≠" | "≈" | "∈" | "→" | "∼" | "≡":
                return sign(piece, "relation")
            case ":":
                if self.peek() == "=":
                    self.next()
                    return sign(":=", "relation")
                return sign(":")
            case "," | ";":
                return sign(piece, "comma")
            case "(" | "[":
                return sign(piece, "open")
            case ")" | "]":
                return sign(piece, "close")
            case "$" | "#" | "\\":
                return sign("")
            case _:
                return sign(piece)

    def command(self, name: str) -> Part | None:
        if name in self.macros:
            return self._expanded(name)
        for table, kind in TABLES:
            if name in table:
                return sign(table[name], kind)
        if name in DELIMITERS or name in _ESCAPED:
            return delimiter(DELIMITERS.get(name) or _ESCAPED[name])
        if name in FUNCTIONS or name in ("limsup", "liminf"):
            return sign({"argmax": "arg max", "argmin": "arg min"}.get(name, name), "function")
        if name in _SPACES or name in ("quad", "qquad", "enspace", "thinspace"):
            return sign(_SPACES.get(name, "   " if name == "qquad" else "  " if name == "quad" else " "), "space")
        if name in ALPHABETS:
            alphabet = ALPHABETS[name]
            made = self.argument()
            return made._replace(
                rows=tuple("".join(alphabet.get(letter, letter) for letter in row) for row in made.rows)
            )
        if name in ACCENTS and name not in ("underline", "underbar"):
            return accented(self.argument(), name)
        if name in _SILENT:
            return None
        if name in _DROPPED_WITH_ARGUMENT:
            self._dropped(name)
            return None
        if name in _WORDS:
            return self._words()
        if name in _UPRIGHT:
            made = self.argument()
            word = made.kind == "letter" and len(made.text) > 2 and made.text.isalpha()
            return made._replace(kind="function") if word or name.startswith("operatorname") else made
        special = SPECIAL.get(name.rstrip("*"))
        if special:
            return special(self)
        if name == "begin":
            return self._environment()
        if _DEFINITION.match(f"\\{name} "):
            self._defined(name)
            return None
        return sign(f"\\{name}")

    def _expanded(self, name: str) -> Part | None:
        body = self.macros[name]
        for number in range(1, 10):
            if f"#{number}" in body:
                body = body.replace(f"#{number}", f"{{{self.raw_argument()}}}")
        self.read += len(body)
        if self.read > _MOST_TOKENS or len(self.tokens) > _MOST_TOKENS:
            raise UnreadableError
        self.tokens += ["}", *_TOKEN.findall(body)[::-1]]
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UnreadableError
        made = joined(self.sequence())
        self.depth -= 1
        if self.next() != "}":
            raise UnreadableError
        return made

    def _defined(self, name: str) -> None:
        made = self.raw_argument().strip()
        if name == "let":
            if self.peek() == "=":
                self.next()
            self.macros[made[1:]] = self.raw_argument()
            return
        while (piece := self.peek()) and piece != "{":
            self.next()
        body = self.raw_argument()
        self.macros[made.lstrip("\\")] = f"\\operatorname{{{body}}}" if name.startswith("Declare") else body

    def _dropped(self, name: str) -> None:
        self.option()
        if name in ("kern", "mkern", "hskip"):
            while self.peek() and re.fullmatch(r"[\d.+-]+|[a-z]", self.peek()) and len(self.peek()) < 6:
                if re.fullmatch(r"[a-z]", self.next()):
                    if self.peek() and self.peek() in "tmuxnc":
                        self.next()
                    break
        for _ in range(_DROPPED_WITH_ARGUMENT[name]):
            self.raw_argument()

    def _words(self) -> Part:
        """Prose in a formula, with the formulas in it."""
        pieces = re.split(r"\$([^$]*)\$|\\\((.*?)\\\)", self.raw_argument())
        text = ""
        for number, piece in enumerate(pieces):
            if piece and number % 3 == 0:
                plain = re.sub(r"\\(?:text|math)?(?:rm|bf|it|tt|sf|sc|normal)?(?![a-z])\s*|[{}]", "", piece)
                text += re.sub(r"\\([%$#&_ ,])", r"\1", plain).replace("~", " ")
            elif piece:
                text += Reader(piece, False, self.macros).whole().text
        text = re.sub(r"\s+", " ", text)
        return sign(text, "text" if text != text.strip() else "function" if len(text) > 2 else "letter")

    def _environment(self) -> Part:
        name = self.raw_argument().strip()
        if name in ("array", "subarray", "alignat", "alignat*", "alignedat", "IEEEeqnarray"):
            self.option()
            self.raw_argument()
        elif name in ("aligned", "gathered", "cases", *_GRIDS):
            self.option()
        if name not in _ALIGNED and name not in _GRIDS:
            raise UnreadableError
        self.depth += 1
        made = self.rows_until(name)
        self.depth -= 1
        return made

    def left_right(self) -> Part:
        """What stands between `\\left` and `\\right`."""
        left = self.bracket()
        inside = self.sequence()
        if self.next() != "\\right":
            raise UnreadableError
        right = self.bracket()
        body = joined(inside)
        if len(body.rows) > 1:
            rows = [[body._replace(rows=(row,), base=0)] for row in body.rows]
            return grid(rows, left, right)._replace(base=body.base)
        return Part((f"{left}{body.text}{right}",), single=bool(left and right))

    def bracket(self) -> str:
        piece = self.next()
        if piece == ".":
            return ""
        name = piece.removeprefix("\\")
        return DELIMITERS.get(name) or _ESCAPED.get(name) or RELATIONS.get(name) or name
