"""From a package to the files of a data set: what is read, what is refused, and that nothing depends on chance."""

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cs229tui.labkit.data import DATASETS
from cs229tui.labkit.data.making import RECIPES, MakingError, family, idx, made
from data_served import packed

GLYPHS = [
    ("1F600", "GRINNING FACE", "Smileys & Emotion", []),
    ("1F3C3-200D-2642-FE0F", "MAN RUNNING", "People & Body", ["1F3FB", "1F3FF"]),
    ("1F3C3-200D-2640-FE0F", "WOMAN RUNNING", "People & Body", ["1F3FB"]),
    ("1F1F3-1F1F4", "Norway Flag", "Flags", []),
    ("1F1E7-1F1FB", "Bouvet Island Flag", "Flags", []),
    ("1F3FB", "a swatch", "Component", []),
]


def package(tmp_path: Path, members: dict[str, bytes], **more: Any) -> Path:
    file = tmp_path / "package.tgz"
    file.write_bytes(packed(members, **more))
    return file


def emoji(size: int = 4 * 34) -> dict[str, bytes]:
    """A sheet of 4 by 4 pictures: each its own colour, half seen through; the two flags are the same picture."""
    sheet = Image.new("RGBA", (size, size))
    entries, at = [], 0

    def drawn(code: str, colour: int) -> dict[str, Any]:
        nonlocal at
        x, y = at % 4, at // 4
        at += 1
        sheet.paste((colour, 0, 255, 128), (x * 34 + 1, y * 34 + 1, x * 34 + 33, y * 34 + 33))
        return {"unified": code, "sheet_x": x, "sheet_y": y, "has_img_google": True}

    for number, (code, name, category, tones) in enumerate(GLYPHS):
        entry = drawn(code, 200 if category == "Flags" else 10 * at)
        entry |= {"name": name, "category": category, "sort_order": number}
        entry["skin_variations"] = {tone: drawn(f"{code}-{tone}", 10 * at) for tone in tones}
        entries.append(entry)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return {"package/emoji.json": json.dumps(entries).encode(), "package/img/google/sheets/32.png": file.getvalue()}


def test_emoji_on_white_each_picture_once_and_a_family_on_one_side(tmp_path: Path) -> None:
    files = made("emoji", package(tmp_path, emoji() | {"package/img/google/64/1f600.png": b"not read"}))
    rows = [line.split("\t") for line in files["emoji-google.tsv"].decode().splitlines()]
    assert rows[0] == ["split", "class", "skin", "code", "name"]
    codes = {row[3]: row for row in rows[1:]}
    assert len(codes) == 7 and "1F1E7-1F1FB" not in codes and "1F3FB" not in codes
    assert codes["1F3C3-200D-2642-FE0F-1F3FF"][1:3] == ["1", "1F3FF"]
    assert len({row[0] for row in rows[1:] if "RUNNING" in row[4]}) == 1
    pixels = files["emoji-google.idx.gz"]
    assert struct.unpack(">HBB4I", pixels[:20]) == (0, 8, 4, 7, 32, 32, 3)
    at = 20 + 3072 * [row[3] for row in rows[1:]].index("1F600")
    assert pixels[at : at + 3072] == bytes([127, 127, 255]) * 1024  # the colour (0, 0, 255), half of it, over white
    assert made("emoji", tmp_path / "package.tgz") == files


def test_a_fifth_of_the_families_of_each_class_are_for_the_test() -> None:
    from cs229tui.labkit.data.making import _tested

    glyphs = [{"unified": f"{number:X}", "category": kind} for kind, number in (("a", 1), ("b", 2))]
    glyphs += [{"unified": f"1F{number:03X}", "category": "a"} for number in range(49)]
    assert len(_tested(glyphs)) == 10 and "2" not in _tested(glyphs)


def test_a_family_is_what_is_shown_whoever_does_it() -> None:
    assert family("1F468-1F3FD-200D-1F33E") == family("1F9D1-200D-1F33E") == "1F33E"
    assert family("1F468") == family("1F469") and family("1F6B6-200D-27A1-FE0F") == family("1F6B6")
    assert family("1F1F3-1F1F4") != family("1F1E7-1F1FB")


def header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (header(60_000, 60_000), "far too large"),
        (b"GIF89a" + bytes(40), "no PNG"),
        (header(64, 64)[:20], "requires a buffer"),
        (header(136, 136), "does not hold"),
    ],
    ids=["a bomb", "another kind", "cut off in its head", "without pixels"],
)
def test_a_sheet_that_is_something_else_is_refused(tmp_path: Path, sheet: bytes, said: str) -> None:
    with pytest.raises(MakingError, match=said):
        made("emoji", package(tmp_path, emoji() | {"package/img/google/sheets/32.png": sheet}))


def test_a_picture_beside_the_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MakingError, match="beside the sheet"):
        made("emoji", package(tmp_path, emoji(size=2 * 34)))


def digits(each: int) -> dict[str, bytes]:
    def pixels(digit: int) -> list[float]:
        return [round((digit * each + number) / 255, 3) for number in range(each) for _ in range(784)]

    return {f"package/src/digits/{d}.json": json.dumps({"data": pixels(d)}).encode() for d in range(10)}


def test_digits_are_bytes_again_and_split_alike_in_each_class(tmp_path: Path) -> None:
    files = made("mnist", package(tmp_path, digits(5)))
    train, test = files["mnist-train-images.idx.gz"], files["mnist-test-images.idx.gz"]
    assert struct.unpack(">HBB3I", train[:16]) == (0, 8, 3, 40, 28, 28)
    assert sorted(train[16::784] + test[16::784]) == list(range(50))
    assert files["mnist-test-labels.idx.gz"][8:] == bytes(value // 5 for value in test[16::784])
    assert sorted(files["mnist-test-labels.idx.gz"][8:]) == list(range(10))
    assert list(files["mnist-train-labels.idx.gz"][8:]) != sorted(files["mnist-train-labels.idx.gz"][8:]), "mixed"
    assert [part.file for part in DATASETS["mnist"].parts] == list(files)


def mails() -> dict[str, bytes]:
    names = {"easy-ham-1": "list of a friend", "hard-ham-1": "newsletter", "spam-1": "offer", "spam-2": "loan"}
    texts = {}
    for folder, words in names.items():
        for number in range(30):
            own = "".join(chr(97 + int(digit)) for digit in f"{number:02}") * 5
            text = f"{words} {own}: a text that is long enough\xff".encode("latin-1")
            texts[f"package/spam-assassin/data/{folder}/{number}.txt"] = b"X-Spam: " + folder.encode() + b"\n\n" + text
    copy = texts["package/spam-assassin/data/spam-1/1.txt"].replace(b"offer", b"OFFER 99")
    return texts | {
        "package/spam-assassin/data/spam-2/copy.txt": copy,
        "package/spam-assassin/data/easy-ham-1/short.txt": b"A: b\n\nshort",
        "package/spam-assassin/data/easy-ham-1/a.json": b"{}",
        "package/spam-assassin/data/../../../x.txt": b"A: b\n\na text that is long enough, but from elsewhere",
        "package/spam-assassin/LICENSE": b"no mail",
    }


def test_mails_without_headers_each_once_and_balanced(tmp_path: Path) -> None:
    (data,) = made("spam", package(tmp_path, mails(), links=("package/spam-assassin/data/spam-1/l.txt",))).values()
    rows = [json.loads(line) for line in data.decode("ascii").splitlines()]
    texts = [text for _, _, text in rows]
    assert len(set(texts)) == len(texts) and all(text.endswith("enough\xff") for text in texts)
    for split in ("train", "test"):
        kinds = [kind for side, kind, _ in rows if side == split]
        assert len(kinds) > 10 and 2 * sum(kinds) == len(kinds)
    assert all(("friend" in text or "newsletter" in text) == (kind == 0) for _, kind, text in rows)
    assert "elsewhere" not in data.decode() and "X-Spam" not in data.decode()
    start = [kind for _, kind, _ in rows[:20]]
    assert 5 <= sum(start) <= 15, "neither class comes first"


def test_what_is_ham_once_and_spam_once_is_left_out(tmp_path: Path) -> None:
    both = b"A: b\n\nthe very same text was called ham and spam"
    added = {f"package/spam-assassin/data/{folder}/both.txt": both for folder in ("easy-ham-2", "spam-2")}
    (data,) = made("spam", package(tmp_path, mails() | added)).values()
    assert b"very same" not in data


@pytest.mark.parametrize("name", list(RECIPES))
@pytest.mark.parametrize("damage", ["cut off", "no archive", "another package"])
def test_an_archive_that_is_damaged_is_refused(tmp_path: Path, name: str, damage: str) -> None:
    whole = packed(digits(2) | emoji() | mails() | {"package/sotu/data/1790.txt": b"text"})
    file = tmp_path / "package.tgz"
    file.write_bytes({"cut off": whole[: len(whole) // 2], "no archive": b"<html>"}.get(damage, packed({"a": b"b"})))
    if damage == "another package" and name in ("state-of-the-union", "spam"):  # a text of nothing: no hash we know
        assert set(made(name, file).values()) <= {b""}
        return
    with pytest.raises(MakingError, match="the package does not hold what we know"):
        made(name, file)


def test_a_package_that_unpacks_to_far_more_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs229tui.labkit.data.making._MOST", 1000)
    with pytest.raises(MakingError, match="more than it should"):
        made("state-of-the-union", package(tmp_path, {"package/sotu/data/1790.txt": bytes(1001)}))


def test_every_data_set_of_a_package_has_a_recipe() -> None:
    assert set(RECIPES) == {name for name, dataset in DATASETS.items() if dataset.npm is not None}


def test_idx() -> None:
    assert idx([b"ab", b"cd"], 2) == b"\0\0\x08\x02\0\0\0\x02\0\0\0\x02abcd"
