"""Amounts as a sentence says them."""


def amount(number: int) -> str:
    """`3`, `12 000`."""
    return f"{number:,}".replace(",", " ")


def counted(number: int, what: str) -> str:
    """`1 page`, `3 pages`, `12 000 pages`; `what` in the singular."""
    return f"{amount(number)} {what}{'s' * (number != 1)}"


def file_size(count: int) -> str:
    """Bytes as `340 kB` or `2.1 MB`."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.0f} kB"
