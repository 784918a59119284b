"""The pieces of LaTeX's source, and a cursor over them."""

import re

from cs229tui.documents.formulas.parts import UnreadableError

MOST_TOKENS = 60_000
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.S)


class Tokens:
    """A cursor over the tokens of one formula, and the macros that hold there."""

    def __init__(self, latex: str, macros: dict[str, str]) -> None:
        # The next one is the last, so that expanding a macro is cheap.
        self.tokens: list[str] = _TOKEN.findall(latex)[::-1]
        self.macros = macros
        self.read = 0

    def peek(self) -> str:
        while self.tokens and self.tokens[-1].isspace():
            self.tokens.pop()
        return self.tokens[-1] if self.tokens else ""

    def next(self) -> str:
        self.peek()
        if not self.tokens:
            raise UnreadableError
        self.read += 1
        if self.read > MOST_TOKENS:
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

    def expand(self, name: str) -> None:
        """Put what a macro stands for before what comes, with its arguments, and a brace behind it."""
        body = self.macros[name]
        for number in range(1, 10):
            if f"#{number}" in body:
                body = body.replace(f"#{number}", f"{{{self.raw_argument()}}}")
        self.read += len(body)
        if self.read > MOST_TOKENS or len(self.tokens) > MOST_TOKENS:
            raise UnreadableError
        self.tokens += ["}", *_TOKEN.findall(body)[::-1]]

    def define(self, command: str) -> None:
        """Take up the macro that `\\command` defines."""
        made = self.raw_argument().strip()
        if command == "let":
            if self.peek() == "=":
                self.next()
            self.macros[made[1:]] = self.raw_argument()
            return
        while (piece := self.peek()) and piece != "{":
            self.next()
        body = self.raw_argument()
        self.macros[made.lstrip("\\")] = f"\\operatorname{{{body}}}" if command.startswith("Declare") else body
