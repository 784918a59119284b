"""Small rounds of a large group, as Perusall has them: about twenty people, always the same, made without a server."""

import hashlib
from collections.abc import Collection

LARGEST = 27
"""A circle of more people is parted in two halves; of a hundred people and more circles then have twenty on average."""


def circle_of(person: str, people: Collection[str], course: str) -> frozenset[str]:
    """The people in somebody's circle, that person among them.

    People stand in an order that a hash of id and course gives. All are one circle; a circle that is too large is
    parted by the next bit of the hash. So who comes or goes moves nobody between circles, but where that parts or
    joins one.
    """
    key = _key(person, course)
    circle = {one: _key(one, course) for one in {*people, person}}
    for bit in range(127, -1, -1):
        if len(circle) <= LARGEST:
            break
        half = {one: other for one, other in circle.items() if other >> bit & 1 == key >> bit & 1}
        circle = half
    return frozenset(circle)


def _key(person: str, course: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{course}\n{person}".encode(), digest_size=16).digest())
