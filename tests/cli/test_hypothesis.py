"""`hypothesis` at the command line, against a server on this machine."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError, PasswordDeleteError

from cs229tui.annotations.hypothesis import token
from cs229tui.annotations.make import annotate_reading
from cs229tui.library.annotations import annotations_of
from cs229tui.workspace import Workspace
from fake_hypothesis import TOKEN, FakeHypothesis

READING = "abadi-2016-dp-sgd"


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class NoRing(KeyringBackend):
    """What a machine without a desktop has."""

    priority = 1  # type: ignore[assignment]

    def _none(self, *_: Any) -> Any:
        raise NoKeyringError

    get_password = set_password = delete_password = _none


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    before = keyring.get_keyring()
    made = Ring()
    keyring.set_keyring(made)
    monkeypatch.delenv(token.VARIABLE, raising=False)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def server(home: Path, ring: Ring) -> Iterator[FakeHypothesis]:
    fake = FakeHypothesis()
    settings = home / "config" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'hypothesis = "{fake.url}"\n', "utf-8")
    yield fake
    fake.close()


def paste(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))


def test_logging_in_keeps_the_token_in_the_keyring_alone(
    run: Callable[..., Any], server: FakeHypothesis, ring: Ring, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    paste(monkeypatch, "wrong-token")
    result = run("hypothesis", "login")
    assert result.code == 1 and "wrong" in result.err and "wrong-token" not in result.err
    assert not ring.kept
    paste(monkeypatch, TOKEN)
    result = run("hypothesis", "login")
    assert (result.code, TOKEN in result.out + result.err) == (0, False)
    assert list(ring.kept.values()) == [TOKEN]
    said = run("hypothesis", "status", "--json")
    assert said.json["account"] == "acct:mei@hypothes.is"
    assert (said.json["token"], said.json["problem"]) == ("the keyring", None)
    assert "acct:mei" in run("hypothesis", "status").err
    assert not [path for path in home.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    server.tokens.clear()
    assert "expired" in run("hypothesis", "status").err
    run("hypothesis", "logout")
    assert not ring.kept
    assert run("hypothesis", "sync", "--group", "8JmD3iz1").code == 1


def test_a_machine_without_a_keyring_uses_the_environment(
    run: Callable[..., Any], server: FakeHypothesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_keyring(NoRing())
    assert "no token" in run("hypothesis", "status").err
    paste(monkeypatch, TOKEN)
    result = run("hypothesis", "login")
    assert result.code == 1 and "has no keyring" in result.err and token.VARIABLE in result.err
    assert run("hypothesis", "logout").code == 0
    monkeypatch.setenv(token.VARIABLE, TOKEN)
    assert run("hypothesis", "login").code == 0
    assert "CS229TUI_HYPOTHESIS_TOKEN" in run("hypothesis", "status").err
    monkeypatch.setenv(token.VARIABLE, "two words\x1b[2J")
    result = run("hypothesis", "groups")
    assert result.code == 2 and "two words" not in result.err


def test_a_group_is_used_synced_and_settled(
    run: Callable[..., Any],
    server: FakeHypothesis,
    monkeypatch: pytest.MonkeyPatch,
    workspace: Workspace,
) -> None:
    monkeypatch.setenv(token.VARIABLE, TOKEN)
    assert "CS 229br" in run("hypothesis", "groups").out
    assert run("hypothesis", "sync").code == 2
    assert "public" in run("hypothesis", "use", "__world__").err
    assert run("hypothesis", "use", "nothing-like-it").code == 3
    assert run("hypothesis", "use", "CS 229br").code == 0
    server.add(text="Theirs \x1b[2J", uri="https://arxiv.org/abs/1607.00133")
    made = annotate_reading(workspace.database, READING, "question", "Mine?", author="mei")
    assert made.audience == f"{server.url}/groups/8JmD3iz1"
    dry = run("hypothesis", "sync", "--dry-run", "--json").json
    assert (dry["received"]["new"], dry["to_send"]["new"], dry["sent"]["created"]) == (1, 1, 0)
    refused = run("hypothesis", "sync")
    assert "question on abadi-2016-dp-sgd: Mine?" in refused.err and "Nothing went" in refused.err
    assert len(server.rows) == 1
    result = run("hypothesis", "sync", "--yes")
    assert "Sent 1 new annotation" in result.err and "makes you the author" in result.err
    assert "\x1b" not in result.err
    assert len(server.rows) == 2
    row = next(row for row in server.rows.values() if row["user"].startswith("acct:mei"))
    server.change(row["id"], text="There")
    workspace.database.execute("UPDATE annotation SET body = 'Here' WHERE id = ?", [made.id])
    assert "changed on both sides" in run("hypothesis", "sync").err
    (conflict,) = run("hypothesis", "conflicts", "--json").json
    assert (conflict["here"], conflict["there"]) == ("Here", "There")
    assert "There" in run("hypothesis", "conflicts").out
    assert run("hypothesis", "conflicts", "--mine", "x").code == 3
    run("hypothesis", "conflicts", "--theirs", made.id[:8])
    assert run("hypothesis", "conflicts", "--json").json == []
    assert "There" in {one.body for one in annotations_of(workspace.database, READING)}
    assert len(run("hypothesis", "members", "CS 229br", "--json").json) == 2
    assert run("hypothesis", "use", "none").code == 0
    assert annotate_reading(workspace.database, READING, "comment", "Here", author="mei").audience == ""


def test_the_whole_world_is_asked_for_by_the_reading(
    run: Callable[..., Any], server: FakeHypothesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(token.VARIABLE, TOKEN)
    server.add(text="Public", uri="https://arxiv.org/abs/1607.00133", group="__world__")
    assert run("hypothesis", "sync", "--group", "__world__").code == 2
    assert run("hypothesis", "sync", READING, "--group", "__world__", "--json").json["received"]["new"] == 1
    assert run("hypothesis", "use", "__world__", "--public").code == 0


def test_files_go_in_and_out_without_an_account(
    run: Callable[..., Any], workspace: Workspace, tmp_path: Path, ring: Ring
) -> None:
    annotate_reading(workspace.database, READING, "comment", "Good", author="mei")
    file = tmp_path / "out.json"
    assert run("hypothesis", "export", str(file), "--reading", READING, "--json").json["annotations"] == 1
    assert run("hypothesis", "export", str(file)).code == 1
    assert run("hypothesis", "import", str(file), "--json").json["same"] == 1
    made = json.loads(file.read_text("utf-8"))
    made["annotations"][0] |= {"id": "x", "cs229:annotation": {}}
    file.write_text(json.dumps(made), "utf-8")
    assert "1 new" in run("hypothesis", "import", str(file)).err
    assert run("hypothesis", "export", str(tmp_path)).code == 2
    assert run("hypothesis", "import", str(tmp_path)).code == 2
