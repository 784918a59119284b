"""A group in a zip: packed and taken in again; a hostile zip leaves nothing behind."""

import stat
import zipfile
from pathlib import Path

import pytest

from cs229tui.annotations.groups.carriers import bundle
from cs229tui.annotations.groups.carriers.bundle import BundleError, members, pack, unpack
from cs229tui.annotations.groups.carriers.files import GroupFiles

GROUP = "11111111-1111-4111-8111-111111111111"
ANA, BEN = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
TOP = f"cs229-share/v1/{GROUP}"
FILES = GroupFiles(GROUP, BEN, BEN)


def zipped(path: Path, entries: dict[str, bytes], mode: int = stat.S_IFREG | 0o644) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, held in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(info, held)
    return path


def put(folder: Path, name: str, held: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(held)
    return path


def test_a_group_goes_by_zip_and_only_grows(tmp_path: Path) -> None:
    ana, ben = tmp_path / "ana", tmp_path / "ben"
    put(ana, f"{TOP}/group.json", b"{}")
    file = put(ana, f"{TOP}/{ANA}/{ANA}.jsonl", b"one\n")
    put(ana, f"{TOP}/{BEN}/{BEN}.jsonl", b"an older copy\n")
    put(ana, "secret.txt", b"SECRET")
    own = put(ben, f"{TOP}/{BEN}/{BEN}.jsonl", b"mine\n")
    assert pack(ana, tmp_path / "x.zip", FILES) == 3
    assert sorted(members(tmp_path / "x.zip")) == sorted(FILES.here(ana))
    assert unpack(tmp_path / "x.zip", ben, FILES) == 2
    there = ben / TOP / ANA / f"{ANA}.jsonl"
    assert there.read_bytes() == b"one\n" and own.read_bytes() == b"mine\n"
    there.write_bytes(b"one\ntwo\n")
    assert unpack(tmp_path / "x.zip", ben, FILES) == 0 and there.read_bytes() == b"one\ntwo\n"
    file.write_bytes(b"one\ntwo\nthree\n")
    inode = there.stat().st_ino
    pack(ana, tmp_path / "x.zip", FILES)
    assert unpack(tmp_path / "x.zip", ben, FILES) == 1
    assert there.read_bytes() == b"one\ntwo\nthree\n" and there.stat().st_ino == inode


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("/etc/passwd", stat.S_IFREG),
        ("../out", stat.S_IFREG),
        (f"{TOP}/../../../out", stat.S_IFREG),
        ("a\\..\\out", stat.S_IFREG),
        ("c:/out", stat.S_IFREG),
        ("a//b", stat.S_IFREG),
        ("link", stat.S_IFLNK),
        ("device", stat.S_IFCHR),
        ("pipe", stat.S_IFIFO),
    ],
)
def test_members_that_are_refused(tmp_path: Path, name: str, mode: int) -> None:
    good = f"{TOP}/{ANA}/{ANA}.jsonl"
    with zipfile.ZipFile(zipped(tmp_path / "x.zip", {name: b"x"}, mode | 0o644), "a") as made:
        made.writestr(good, b"one\n")
    with pytest.raises(BundleError):
        unpack(tmp_path / "x.zip", tmp_path / "in", FILES)
    assert not (tmp_path / "in").exists()


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BundleError, match="100 times"):
        members(zipped(tmp_path / "bomb.zip", {"a": b"0" * 5_000_000}))
    monkeypatch.setattr(bundle, "LARGEST", 10)
    with pytest.raises(BundleError, match="MB"):
        members(zipped(tmp_path / "large.zip", {"a": b"0" * 6, "b": b"0" * 6}))
    monkeypatch.setattr(bundle, "MOST_ENTRIES", 2)
    with pytest.raises(BundleError, match="files"):
        members(zipped(tmp_path / "many.zip", {"a": b"", "b": b"", "c": b""}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        made.writestr("a", b"1")
        made.writestr("a", b"2")
    with pytest.raises(BundleError, match="twice"):
        members(tmp_path / "x.zip")


def test_what_is_no_zip_or_no_groups(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(BundleError, match="no zip"):
        members(tmp_path / "x.zip")
    with pytest.raises(BundleError, match="cannot be read"):
        members(tmp_path / "missing.zip")
    with pytest.raises(BundleError, match="nothing of a group"):
        unpack(zipped(tmp_path / "y.zip", {"a.txt": b"x"}), tmp_path, FILES)
    whole = zipped(tmp_path / "z.zip", {"a": b"x" * 1000}).read_bytes()
    (tmp_path / "z.zip").write_bytes(whole[:31] + b"\xff" * 8 + whole[39:])
    with pytest.raises(BundleError):
        members(tmp_path / "z.zip")
