"""Approximate search: where in a text a pattern occurs with the fewest errors.

The bit-vector algorithm of Myers (J. ACM 46(3), 1999) in the form of Hyyrö (2001), on Python's own integers, which are
as long as the pattern asks for.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Occurrence:
    """The pattern at `start` up to but without `end`, with that many inserted, missing or changed characters."""

    start: int
    end: int
    errors: int


def occurrences(text: str, pattern: str, most_errors: int, limit: int = 8) -> list[Occurrence]:
    """The best places of `pattern` in `text` with at most `most_errors`, fewest errors first, at most `limit`."""
    if not pattern or not text:
        return []
    ends = _ends(text, pattern, most_errors)
    found: list[Occurrence] = []
    backwards = pattern[::-1]
    for errors, end in sorted(ends):
        if any(one.start < end <= one.end for one in found):
            continue
        low = max(0, end - len(pattern) - errors)
        # The start is where the reversed pattern ends in the reversed text before `end`; the longest of equals.
        distances = _distances(text[low:end][::-1], backwards, anywhere=False)
        length = max((size for size, distance in enumerate(distances, 1) if distance == errors), default=0)
        found.append(Occurrence(end - length, end, errors))
        if len(found) == limit:
            break
    return found


def _ends(text: str, pattern: str, most_errors: int) -> list[tuple[int, int]]:
    """The (errors, end) of each local minimum of the distance."""
    ends: list[tuple[int, int]] = []
    near = max(2, len(pattern) // 2)
    for position, errors in enumerate(_distances(text, pattern, anywhere=True), 1):
        if errors > most_errors:
            continue
        if ends and position - ends[-1][1] <= near:
            if errors < ends[-1][0]:
                ends[-1] = (errors, position)
        else:
            ends.append((errors, position))
    return ends


def _distances(text: str, pattern: str, anywhere: bool) -> list[int]:
    """The edit distance of the pattern to the text before each end (1 …), from `anywhere` on or from its beginning."""
    length = len(pattern)
    full = (1 << length) - 1
    top = 1 << (length - 1)
    # What a step costs in the row above the pattern: nothing where a match may begin anywhere.
    step = 0 if anywhere else 1
    where: dict[str, int] = {}
    for position, character in enumerate(pattern):
        where[character] = where.get(character, 0) | (1 << position)
    plus, minus, score = full, 0, length
    found = []
    for character in text:
        equal = where.get(character, 0)
        vertical = equal | minus
        horizontal = (((equal & plus) + plus) ^ plus) | equal
        more = minus | (full & ~(horizontal | plus))
        fewer = plus & horizontal
        if more & top:
            score += 1
        elif fewer & top:
            score -= 1
        more = ((more << 1) | step) & full
        fewer = (fewer << 1) & full
        plus = fewer | (full & ~(vertical | more))
        minus = more & vertical
        found.append(score)
    return found
