"""A passage as notes and flash cards keep it, so that they open at the words they were made from."""

import msgspec


class Passage(msgspec.Struct, frozen=True):
    """`start` and `end` are code points on `page` (from 1) as `extractor` counts them in `document` (a SHA-256); the
    `quote` with what stands before and after it finds the words again where those do not hold.
    """

    document: str
    extractor: str
    page: int
    start: int
    end: int
    quote: str
    prefix: str = ""
    suffix: str = ""
