"""A group's folder carried by a git repository, of which this machine has a copy that only the program works in.

What goes out is always the newest state of the others with our own files put into it, as one commit on top of theirs.
Nobody writes another's file, so nothing can conflict; no step needs a checkout, and the program may be killed at any.
"""

import fcntl
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cs229tui.annotations.groups.carriers.files import GroupFiles
from cs229tui.annotations.groups.carriers.git_process import RECEIVE_PACK, UPLOAD_PACK, GitError, git
from cs229tui.errors import UsageError
from cs229tui.folders import expanded

_BRANCH = "main"
_TRIES = 8
_NETWORK_SECONDS = 120
_FIRST_SECONDS = 600
_LARGEST_FILE = 50 << 20
_MOST_FILES = 10_000
_SEEN = "refs/remotes/origin/"
# What of the others' state has been written into the folder.
_TAKEN = "refs/cs229tui/taken"
_SCHEME = re.compile("([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_SCP_LIKE = re.compile(r"[\w.-]+(@[\w.-]+)?:[^:].*")


class Exchange(msgspec.Struct, frozen=True):
    """What an exchange came to: how many files came or changed, whether something went out, and why what she wrote
    still waits, in a sentence; empty where nothing does.
    """

    received: int = 0
    sent: bool = False
    trouble: str = ""
    remedy: str = ""


def address(given: str) -> str:
    """The address of a repository as git takes it; raises `UsageError` for one that is no such."""
    text = given.strip()
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() in ("https", "ssh", "file"):
        if re.match(r"https://[^/@]*:[^/@]*@", text, re.IGNORECASE):
            raise UsageError(
                "The address holds a password, which would be kept in a file.",
                "Leave it out, and let git's credential helper keep it.",
            )
        return text
    if scheme or "::" in text or not text or text.startswith("-"):
        raise UsageError(
            f"{text or 'Nothing'} is no address of a repository that is used here.",
            "Give https://…, ssh://…, name@host:path, or a folder on this machine.",
        )
    folder = expanded(text)
    if folder.is_dir() or not _SCP_LIKE.fullmatch(text):
        return str(folder.absolute())
    return text


def looks_like_repository(given: str) -> bool:
    """Whether a text names a git repository rather than a folder of files or a zip."""
    text = given.strip()
    folder = expanded(text)
    if folder.exists():
        return folder.is_dir() and (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    return bool(_SCHEME.match(text) or text.endswith(".git") or re.fullmatch(r"[\w.-]+@[\w.-]+:.+", text))


def start(folder: Path, url: str) -> None:
    """Make the folder a copy of the repository at `url` as it is now; an empty one will do. Raises `GitError`."""
    where = address(url)
    folder.mkdir(parents=True, exist_ok=True)
    branch = _branch_there(folder, where)
    git(folder, "init", "--quiet", "--template=", f"--initial-branch={branch}")
    git(folder, "config", "remote.origin.url", where)
    # For a person who looks into the folder with git of her own.
    git(folder, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    with _alone(folder):
        _fetch(folder, branch, _FIRST_SECONDS)


def paths(folder: Path) -> list[str]:
    """Every path the repository had when it was last asked."""
    seen = _commit_at(folder, _SEEN + _branch(folder))
    return [path for _, _, path in _files(folder, seen)] if seen else []


def take(folder: Path, files: GroupFiles) -> int:
    """Write a group's files into the folder as the repository had them when it was last asked."""
    with _alone(folder):
        return _take(folder, _branch(folder), files)


def exchange(folder: Path, files: GroupFiles, who: str) -> Exchange:
    """Bring in what the others wrote, and send what this device wrote; `who` names the commit's author.

    Where the repository cannot be had, or refuses, that is told in the answer and is no error: what was written is safe
    in the folder, and goes with the next exchange. Raises `GitError` where the copy on this machine is of no use.
    """
    received, sent = 0, False
    with _alone(folder):
        branch = _branch(folder)
        for attempt in range(_TRIES):
            try:
                _fetch(folder, branch, _NETWORK_SECONDS)
                received += _take(folder, branch, files)
                seen = _commit_at(folder, _SEEN + branch)
                made = _commit(folder, seen, files, who)
                if made is None:
                    return Exchange(received, sent)
                if _push(folder, branch, made):
                    sent = True
                    git(folder, "update-ref", _SEEN + branch, made)
                    git(folder, "update-ref", f"refs/heads/{branch}", made)
                    return Exchange(received, sent)
            except GitError as error:
                return Exchange(received, sent, error.what, error.remedy)
            # Another push came between: wait a little, each a different while, and build on theirs.
            time.sleep(random.uniform(0.05, 0.2) * (attempt + 1))  # noqa: S311
    return Exchange(received, sent, "Others send all the time.", "What you wrote goes with the next exchange.")


def waiting(folder: Path, files: GroupFiles) -> int:
    """How many lines this device wrote that the repository, when last asked, did not have."""
    seen = _commit_at(folder, _SEEN + _branch(folder))
    there = {path: sha for _, sha, path in _files(folder, seen)} if seen else {}
    lines = 0
    for path in files.own(folder):
        text = (folder / path).read_bytes()
        known = len(_blob(folder, there[path])) if path in there else 0
        lines += text[known:].count(b"\n")
    return lines


# Steps


def _branch_there(folder: Path, url: str) -> str:
    said = git(folder, "ls-remote", "--symref", *_upload(url), "--", url, "HEAD", seconds=_NETWORK_SECONDS)
    found = re.search(rb"^ref: refs/heads/(\S+)\tHEAD$", said, re.MULTILINE)
    return found[1].decode("utf-8", "replace") if found else _BRANCH


def _branch(folder: Path) -> str:
    try:
        said = git(folder, "symbolic-ref", "--quiet", "HEAD").decode("utf-8", "replace").strip()
    except GitError as error:
        if (folder / ".git").is_dir() and not error.said:
            raise GitError(
                f"The copy of the repository in {folder} is on no branch.",
                f"Somebody worked in it by hand; put it back with: git -C {folder} symbolic-ref HEAD refs/heads/main",
            ) from error
        raise GitError(
            f"{folder} is no copy of a repository any more.", "Leave the group, keep your words, and join it again."
        ) from error
    return said.removeprefix("refs/heads/")


def _remote(folder: Path) -> str:
    try:
        return git(folder, "config", "remote.origin.url").decode("utf-8", "replace").strip()
    except GitError as error:
        raise GitError(
            f"The copy of the repository in {folder} does not say where the repository is.",
            f"Say it with: git -C {folder} remote add origin ADDRESS",
        ) from error


def _upload(url: str) -> list[str]:
    return [f"--upload-pack={UPLOAD_PACK}"] if _is_on_disk(url) else []


def _is_on_disk(url: str) -> bool:
    return url.startswith(("/", "file://"))


def _fetch(folder: Path, branch: str, seconds: float) -> None:
    url = _remote(folder)
    wanted = f"+refs/heads/{branch}:{_SEEN}{branch}"
    options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-gc"]
    try:
        git(folder, "fetch", *options, *_upload(url), "--", address(url), wanted, seconds=seconds)
    except GitError as error:
        # A repository in which nothing was ever written has no branch yet.
        if "couldn't find remote ref" not in error.said.casefold():
            raise


def _push(folder: Path, branch: str, commit: str) -> bool:
    """Whether it was taken; not where another push came between."""
    url = _remote(folder)
    other_side = [f"--receive-pack={RECEIVE_PACK}"] if _is_on_disk(url) else []
    words = ["push", "--quiet", "--no-verify", *other_side, "--", address(url), f"{commit}:refs/heads/{branch}"]
    try:
        git(folder, *words, seconds=_NETWORK_SECONDS)
    except GitError as error:
        said = error.said.casefold()
        behind = ("fetch first", "non-fast-forward", "cannot lock ref", "incorrect old value", "failed to update ref")
        if any(sign in said for sign in (*behind, "reference already exists")):
            return False
        raise
    return True


def _take(folder: Path, branch: str, files: GroupFiles) -> int:
    """Write into the folder what the others changed; a file that only grew is only added to."""
    seen = _commit_at(folder, _SEEN + branch)
    taken = _commit_at(folder, _TAKEN)
    if seen is None or seen == taken:
        return 0
    before = {path: sha for _, sha, path in _files(folder, taken) if files.known(path)} if taken else {}
    # What is ours is newest here; only where nothing of it is left does it come back from there.
    own = bool(files.own(folder))
    after = {
        path: sha
        for size, sha, path in _files(folder, seen)
        if files.known(path) and size <= _LARGEST_FILE and not (own and files.mine(path))
    }
    changed = [path for path, sha in after.items() if before.get(path) != sha][:_MOST_FILES]
    for path in changed:
        _write(folder / path, _blob(folder, after[path]))
    for path in before:
        if path not in after and not files.mine(path):
            (folder / path).unlink(missing_ok=True)
    git(folder, "update-ref", _TAKEN, seen)
    return len(changed)


def _write(path: Path, new: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_bytes() if path.is_file() and not path.is_symlink() else None
    if old is not None and new.startswith(old):
        with path.open("ab") as file:
            file.write(new[len(old) :])
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.write_bytes(new)
    partial.replace(path)


def _commit(folder: Path, seen: str | None, files: GroupFiles, who: str) -> str | None:
    """A commit of our own files on top of what is there; None where that has them as they are."""
    there = {path: sha for _, sha, path in _files(folder, seen) if files.known(path)} if seen else {}
    own = files.own(folder)
    if files.facts not in there and (folder / files.facts).is_file():
        own.append(files.facts)
    entries = []
    for path in own:
        sha = _text(git(folder, "hash-object", "-w", "--no-filters", "--stdin", given=(folder / path).read_bytes()))
        if there.get(path) != sha:
            entries.append(f"100644 {sha}\t{path}\0")
    # What was ours and is written anew in a shorter file; not where all is gone, which is no wish of hers.
    entries += [f"0 {'0' * 40}\t{path}\0" for path in there if own and files.mine(path) and path not in own]
    if not entries:
        return None
    index = folder / ".git" / "cs229tui-index"
    for stale in (index, index.with_name(f"{index.name}.lock")):
        stale.unlink(missing_ok=True)
    git(folder, "read-tree", seen or "--empty", index=index)
    git(folder, "update-index", "-z", "--index-info", given="".join(entries).encode(), index=index)
    tree = _text(git(folder, "write-tree", index=index))
    parents = ("-p", seen) if seen else ()
    # The name and address that git has of her are not for the group to see.
    person = ("-c", f"user.name={who}", "-c", "user.email=cs229tui@localhost", "-c", "user.useConfigOnly=true")
    words = ("-c", "commit.gpgSign=false", *person, "commit-tree", tree, *parents, "-m", "Words of " + who)
    return _text(git(folder, *words))


def _files(folder: Path, commit: str) -> Iterator[tuple[int, str, str]]:
    """The size, hash and path of every plain file; links and submodules are none."""
    for entry in git(folder, "ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0"):
        about, _, path = entry.partition(b"\t")
        fields = about.split()
        if len(fields) == 4 and fields[0] in (b"100644", b"100755") and fields[3].isdigit():
            yield int(fields[3]), fields[2].decode(), path.decode("utf-8", "replace")


def _blob(folder: Path, sha: str) -> bytes:
    return git(folder, "cat-file", "blob", sha)


def _commit_at(folder: Path, name: str) -> str | None:
    try:
        return _text(git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"))
    except GitError:
        return None


def _text(said: bytes) -> str:
    return said.decode("utf-8", "replace").strip()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One copy of the program at a time works in the folder's repository; another waits."""
    place = folder / ".git" / "cs229tui-lock"
    if not place.parent.is_dir():
        raise GitError(
            f"{folder} is no copy of a repository any more.", "Leave the group, keep your words, and join it again."
        )
    with place.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
