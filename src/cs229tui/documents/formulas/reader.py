"""LaTeX read token by token into what formulas are built of."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from cs229tui.documents.formulas.commands import SPECIAL, TABLES, binomial, delimiter, fraction
from cs229tui.documents.formulas.environments import ALIGNED, GRIDS, grid
from cs229tui.documents.formulas.parts import (
    Part,
    UnreadableError,
    accented,
    bracketed,
    joined,
    lettered,
    scripted,
    sign,
)
from cs229tui.documents.formulas.signs import ACCENTS, ALPHABETS, DELIMITERS, FUNCTIONS, RELATIONS, names
from cs229tui.documents.formulas.tokens import Tokens
from cs229tui.documents.formulas.tree import Grid, Row, Sign
from cs229tui.documents.formulas.typeset import draw

_DEEPEST = 40
_DEFINITION = re.compile(r"\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|def|gdef|let)(?![A-Za-z])")

_ESCAPED = {"{": "{", "}": "}", "%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "|": "‖"}
_SPACES = {",": " ", ":": " ", ";": " ", ">": " ", "!": "", " ": " ", "\n": " ", "/": "", "-": ""}
_WORDS = names("text textrm textbf textit texttt textsf textnormal textsc textup textmd mbox hbox emph textsl fbox")
_UPRIGHT = names(
    "mathrm mathit mathsf mathtt mathbf boldsymbol bm mathnormal mathbold pmb bold symbf symup smash mathord"
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
_LIMITED = names(
    "lim limsup liminf max min sup inf argmax argmin Pr det gcd injlim projlim sum prod coprod bigcup bigcap bigvee"
    " bigwedge bigoplus bigotimes bigodot bigsqcup biguplus"
)


class Reader(Tokens):
    """What reads a formula's parts.

    `style` is 0 in displays, 1 where limits stand beside their signs, 2 in scripts; `number` is what the row is called.
    """

    def __init__(self, latex: str, lines: bool, macros: dict[str, str]) -> None:
        self.style: int = 0 if lines else 1
        self.number = ""
        self.fractions = 0
        self.depth = 0
        super().__init__(latex, macros)

    @contextmanager
    def within(self, style: int) -> Iterator[None]:
        """What is read meanwhile is set in that style."""
        before, self.style = self.style, style
        yield
        self.style = before

    def argument(self, tight: bool = False) -> Part:
        with self.within(2 if tight else self.style):
            return self._argument(tight)

    def _argument(self, tight: bool) -> Part:
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

    def whole(self) -> Grid:
        """The formula as lines below each other."""
        made = self.rows_until("")
        if self.peek():
            raise UnreadableError
        inner = made.rows[0][0]
        if len(made.rows) == len(made.rows[0]) == 1 and isinstance(inner, Grid) and inner.paired:
            number = made.numbers[0]
            return Grid(inner.rows, False, True, (*inner.numbers[:-1], inner.numbers[-1] or number))
        return made

    def rows_until(self, environment: str) -> Grid:
        """Rows of cells up to the end of an environment, or of the formula."""
        rows: list[list[Part]] = [[]]
        numbers: list[str] = []
        paired = environment not in GRIDS
        outer, self.number = self.number, ""
        while True:
            # The sign at which lines are aligned begins a cell, but goes on with what is in the one before it.
            start = sign("x") if paired and len(rows[-1]) % 2 else None
            rows[-1].append(joined(self.sequence(), start=start))
            piece = self.peek()
            if piece == "&":
                self.next()
                continue
            if piece not in ("\\\\", "\\cr", "\\newline", "\\end", ""):
                raise UnreadableError
            numbers.append(self.number)
            self.number = ""
            if piece in ("\\end", ""):
                break
            self.next()
            self.option()
            rows.append([])
        if bool(environment) != (piece == "\\end"):
            raise UnreadableError
        if environment:
            self.next()
            if self.raw_argument().strip() != environment:
                raise UnreadableError
        self.number = outer
        return grid(rows, numbers, environment)

    def sequence(self) -> list[Part]:
        """What stands in a row up to something that ends it: a bracket of the source, a cell, a row, the end."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UnreadableError
        style = self.style
        parts: list[Part] = []
        while (piece := self.peek()) and piece not in ("}", "&", "\\\\", "\\cr", "\\newline", "\\end", "\\right"):
            if piece in ("\\over", "\\choose", "\\atop"):
                self.next()
                above, below = joined(parts), joined(self.sequence())
                level = self.style > 0
                parts = [fraction(above, below) if piece == "\\over" else binomial(above, below, level)]
                break
            made = self.scripts(self.atom())
            if made is not None:
                parts.append(made)
        self.depth -= 1
        self.style = style
        return parts

    def scripts(self, base: Part | None) -> Part | None:
        low: Part | None = None
        high: Part | None = None
        primes = ""
        limits = base is not None and base.limits
        while (piece := self.peek()) in ("^", "_", "'", "\\limits", "\\nolimits"):
            self.next()
            if piece in ("\\limits", "\\nolimits"):
                limits = piece == "\\limits"
            elif piece == "'":
                primes += "′"
            elif piece == "^":
                high = self.argument(tight=True) if high is None else joined([high, self.argument(tight=True)])
            elif piece == "_":
                low = self.argument(tight=True) if low is None else joined([low, self.argument(tight=True)])
        if base is None and low is None and high is None and not primes:
            return None
        base = base or sign("")
        if primes:
            high = joined([sign(primes), high], tight=True) if high is not None else sign(primes)
        if low is None and high is None:
            return base
        if high is not None and high.nodes == (Sign("⊤"),):
            high = sign("T")
        return scripted(base, low, high, limits)

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
                return sign(table[name], kind, self.style == 0 and name in _LIMITED)
        if name in DELIMITERS or name in _ESCAPED:
            return delimiter(DELIMITERS.get(name) or _ESCAPED[name])
        if name in FUNCTIONS or name in ("limsup", "liminf"):
            word = {"argmax": "arg max", "argmin": "arg min"}.get(name, name)
            return sign(word, "function", self.style == 0 and name in _LIMITED)
        if name in _SPACES or name in ("quad", "qquad", "enspace", "thinspace"):
            return sign(_SPACES.get(name, "   " if name == "qquad" else "  " if name == "quad" else " "), "space")
        if name in ALPHABETS:
            alphabet = ALPHABETS[name]
            made = self.argument()
            return made._replace(nodes=tuple(lettered(node, alphabet) for node in made.nodes))
        if name in ACCENTS and name not in ("underline", "underbar"):
            return accented(self.argument(), name)
        if name in _SILENT:
            self.style = 0 if name == "displaystyle" and self.style == 1 else self.style
            return None
        if name in _DROPPED_WITH_ARGUMENT:
            self._dropped(name)
            return None
        if name in _WORDS:
            return self._words()
        if name in _UPRIGHT:
            return self._upright(name)
        special = SPECIAL.get(name.rstrip("*"))
        if special:
            return special(self)
        if name == "begin":
            return self._environment()
        if _DEFINITION.match(f"\\{name} "):
            self.define(name)
            return None
        return sign(f"\\{name}")

    def _upright(self, name: str) -> Part:
        """A word in upright letters."""
        made = self.argument()
        letters = [node for node in made.nodes if isinstance(node, Sign) and node.text.isalpha()]
        if len(letters) == len(made.nodes) > 1:
            made = Part((Row(made.nodes),), "function" if len(letters) > 2 else made.kind)
        if name.startswith("operatorname"):
            return made._replace(kind="function", limits=name.endswith("*") and self.style == 0)
        return made

    def _expanded(self, name: str) -> Part:
        self.expand(name)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise UnreadableError
        made = joined(self.sequence())
        self.depth -= 1
        if self.next() != "}":
            raise UnreadableError
        return made

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
                text += draw(Reader(piece, False, self.macros).whole(), flat=True).text
        text = re.sub(r"\s+", " ", text)
        return sign(text, "text" if text != text.strip() else "function" if len(text) > 2 else "letter")

    def _environment(self) -> Part:
        name = self.raw_argument().strip()
        if name in ("array", "subarray", "alignat", "alignat*", "alignedat", "IEEEeqnarray"):
            self.option()
            self.raw_argument()
        elif name in ("aligned", "gathered", "cases", *GRIDS):
            self.option()
        if name not in ALIGNED and name not in GRIDS:
            raise UnreadableError
        self.depth += 1
        paired = name in ALIGNED or name == "dcases"
        with self.within(self.style if paired else max(self.style, 1)):
            made = self.rows_until(name)
        self.depth -= 1
        left, right = GRIDS.get(name, ("", ""))
        return bracketed(Part((made,)), left, right) if left or right else Part((made,))

    def left_right(self) -> Part:
        """What stands between `\\left` and `\\right`."""
        left = self.bracket()
        inside = self.sequence()
        if self.next() != "\\right":
            raise UnreadableError
        return bracketed(joined(inside), left, self.bracket())

    def bracket(self) -> str:
        piece = self.next()
        if piece == ".":
            return ""
        name = piece.removeprefix("\\")
        found = DELIMITERS.get(name) or RELATIONS.get(name) or (_ESCAPED.get(name) if piece != name else "") or name
        if len(found) > 1:
            raise UnreadableError
        return found
