"""The command line `git`, run so that nothing a repository holds can run on this machine and nobody is asked anything.

No hook, filter, file watch or submodule of a repository is executed, its own or the remote's on the same disk; only
https, ssh and files are spoken; there is no prompt, and what takes too long is ended.
"""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cs229tui.clean import clean_line
from cs229tui.errors import ReportableError

# What a file that git writes may grow to, a pack of all history included.
_LARGEST_FILE = 2 << 30
_LARGEST_ANSWER = 256 << 20
_SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "core.protectNTFS=true",
    "core.protectHFS=true",
    "core.autocrlf=false",
    "core.attributesFile=/dev/null",
    "core.alternateRefsCommand=:",
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "protocol.file.allow=always",
    "http.followRedirects=initial",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.fsckObjects=true",
    "fetch.writeCommitGraph=false",
    "push.recurseSubmodules=no",
    "push.gpgSign=false",
    "push.followTags=false",
    "gc.autoDetach=false",
    "advice.detachedHead=false",
    "color.ui=false",
)
# For the other side where it is on this disk: `-c` does not reach it, and its hooks would run as we.
_OTHER_SIDE = "git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.alternateRefsCommand=: -c gc.auto=0"
UPLOAD_PACK = f"{_OTHER_SIDE} upload-pack"
RECEIVE_PACK = f"{_OTHER_SIDE} -c receive.autogc=false -c receive.denyCurrentBranch=refuse receive-pack"


class GitError(ReportableError):
    """Git could not do what was asked; `said` is what it said, cleaned."""

    def __init__(self, what: str, remedy: str = "", said: str = "") -> None:
        super().__init__(what, remedy)
        self.said = said


def git(folder: Path, *words: str, given: bytes = b"", seconds: float = 30, index: Path | None = None) -> bytes:
    """What `git WORDS` prints in `folder`, with `given` as its input; raises `GitError`."""
    program = shutil.which("git")
    if program is None:
        raise GitError("There is no program git on this machine.", "Install git, or share a folder or a zip.")
    command = [program, *(part for setting in _SAFE for part in ("-c", setting)), *words]
    # Files rather than pipes: a helper of git's that outlives it cannot make us wait.
    with tempfile.TemporaryFile() as fed, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
        fed.write(given)
        fed.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603
                command, cwd=folder, env=_environment(index), stdin=fed, stdout=out, stderr=told, start_new_session=True
            )  # In a session without a terminal, ssh cannot ask either.
        except OSError as error:
            raise GitError(f"git cannot be run in {folder}: {error.strerror}.") from error
        _limit(process.pid)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise GitError(f"git took more than {seconds:.0f} seconds.", "Try again later.", "timed out") from None
        finally:
            _end(process)
        out.seek(0)
        told.seek(0)
        said = clean_line(told.read(20_000).decode("utf-8", "replace"), 2000)
        if status:
            raise _explained(words[0], said)
        answer = out.read(_LARGEST_ANSWER + 1)
    if len(answer) > _LARGEST_ANSWER:
        raise GitError("What git gave is more than a group's folder should hold.", "Look at the repository.")
    return answer


def _environment(index: Path | None) -> dict[str, str]:
    # Where git was told to work by whoever started us is not where we work.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _HERS}
    kept |= {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}
    kept |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_MERGE_AUTOEDIT": "no", "GIT_EDITOR": "true"}
    if index is not None:
        kept["GIT_INDEX_FILE"] = str(index)
    return kept


_HERS = frozenset(
    {"GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"}
    | {"GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY", "GIT_PROXY_SSL_CAINFO", "GIT_EXEC_PATH"}
)


def _limit(process: int) -> None:
    if hasattr(resource, "prlimit"):
        try:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
        except (OSError, ValueError):
            # It has ended already, or a lower limit is set.
            return


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it and what it started."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# What git says (in English, LC_ALL=C) and what it means for the person; the first that fits.
_MEANINGS: Sequence[tuple[tuple[str, ...], str, str]] = (
    (
        (
            "could not resolve host",
            "temporary failure in name",
            "network is unreachable",
            "no route to host",
            "failed to connect",
            "couldn't connect",
            "connection refused",
            "connection reset",
            "connection timed out",
            "operation timed out",
            "early eof",
            "hung up unexpectedly",
        ),
        "The repository cannot be reached now.",
        "What you write waits here until it can be.",
    ),
    (
        (
            "authentication failed",
            "could not read username",
            "could not read password",
            "terminal prompts disabled",
            "permission denied (",
            "returned error: 401",
            "returned error: 403",
            "access denied",
        ),
        "The repository does not let you in.",
        "Let git's credential helper or your ssh key open it: git ls-remote ADDRESS must work without a question.",
    ),
    (
        ("host key verification failed",),
        "Its ssh key is not known on this machine.",
        "Connect once by hand with ssh, and check the key.",
    ),
    (
        ("dubious ownership",),
        "The repository belongs to another user of this machine, and git does not trust it.",
        "If you do: git config --global --add safe.directory FOLDER",
    ),
    (
        ("does not appear to be a git repository", "repository not found", "does not exist", "not found"),
        "There is no repository at that address, or it is not there now.",
        "Check the address; a disk may have to be mounted.",
    ),
    (
        ("not allowed", "transport '"),
        "Such an address is not used.",
        "Use https://…, ssh://…, name@host:path, or a folder on this machine.",
    ),
    (
        ("remote rejected", "pre-receive hook declined", "protected branch", "insufficient permission", "read-only"),
        "The repository does not take what you send.",
        "Ask its owner for the right to push to this branch.",
    ),
    (
        ("no space left", "disk quota"),
        "The disk is full.",
        "Free some space; nothing was lost.",
    ),
    (
        ("bad object", "corrupt", "not a valid object", "unable to read", "loose object", "not a git repository"),
        "The copy of the repository on this machine is damaged.",
        "Leave the group, keep your words, and join it again.",
    ),
)


def _explained(word: str, said: str) -> GitError:
    low = said.casefold()
    for signs, what, remedy in _MEANINGS:
        if any(sign in low for sign in signs):
            return GitError(what, remedy, said)
    why = clean_line(said, 200) or "it did not say why"
    return GitError(f"git {clean_line(word, 40)} did not work: {why}.", said=said)
