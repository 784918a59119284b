"""The runs there have been: found as one types, in every order, a sweep as one row."""

from pathlib import Path
from typing import get_args

import pytest

from cs229tui.library.database import Database, migrations, open_library
from cs229tui.library.run_history import SWEEP, Listing, Order, SweepFacts, Wanted, next_order, places_in_queue
from cs229tui.library.runs import (
    RunRecord,
    done_runs,
    forget_run,
    last_run,
    run_folders,
    runs,
    save_run,
    save_runs,
)

CONFIRMED = {"id": "falls", "verdict": "confirmed", "measured": 0.1}
MISSED = {"id": "grows", "verdict": "not confirmed", "measured": 0.1}
UNTESTED = {"id": "leaps", "verdict": "not tested", "measured": None}


def made(id: str, **fields: object) -> RunRecord:
    day = fields.pop("day", 1)
    seconds = fields.pop("seconds", 10)
    over = fields.get("state", "done") not in ("queued", "starting", "running")
    usual = {
        "lab": "parabola",
        "preset": "quick",
        "folder": f"/runs/{id}",
        "state": "done",
        "started": f"2023-02-{day:02d}T12:00:00.000Z",
        "ended": f"2023-02-{day:02d}T12:00:{seconds:02d}.000Z" if over else None,
    }
    return RunRecord(id, **(usual | fields))  # type: ignore[arg-type]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("CS229TUI_NOW", "2023-02-14T12:00:00-05:00")
    database = open_library(tmp_path / "library.db")
    save_runs(
        database,
        [
            made("aa01", day=1, seconds=50, verdicts=[CONFIRMED, MISSED], parameters={"lr": 0.1, "text": "a_b%"}),
            made("aa02", day=2, lab="dp_sgd", preset="full", verdicts=[CONFIRMED], parameters={"lr": 0.3, "on": True}),
            made("bb03", day=3, state="failed", parameters={"lr": 0.1, "text": "0.3"}, launcher="slurm"),
            made("bb04", day=13, state="running", device="cuda:0"),
            made("bb05", day=12, state="queued", parameters={"lr": 2}),
            made("bb06", day=11, state="queued"),
            *(made(f"cc1{one}", day=4 + one, sweep="5eed", parameters={"lr": one, "w": 1}) for one in range(3)),
        ],
    )
    return database


def listed(library: Database, typed: str = "", order: str = "newest", **more: object) -> list[str]:
    listing = Listing(library, Wanted(typed, order, **more), {"dp_sgd": "Differential privacy"})  # type: ignore[arg-type]
    rows = listing.stretch(0, len(listing))
    return [row.id if isinstance(row, RunRecord) else f"{SWEEP}{row.sweep}" for row in rows if row is not None]


def test_what_goes_on_comes_first_and_what_waits_in_its_turn(library: Database):
    assert listed(library) == ["bb04", "bb06", "bb05", "sweep:5eed", "bb03", "aa02", "aa01"]
    assert places_in_queue(library) == {"bb06": 1, "bb05": 2}
    assert listed(library, order="longest")[:4] == ["bb04", "bb06", "bb05", "aa01"]


@pytest.mark.parametrize(
    ("order", "over"),
    [
        ("longest", ["aa01", "sweep:5eed", "bb03", "aa02"]),
        ("lab", ["aa02", "sweep:5eed", "bb03", "aa01"]),
        ("verdicts", ["aa02", "aa01", "sweep:5eed", "bb03"]),
        ("state", ["bb03", "sweep:5eed", "aa02", "aa01"]),
    ],
)
def test_the_orders(library: Database, order: str, over: list[str]):
    assert listed(library, order=order)[3:] == over


def test_the_orders_follow_one_another_and_come_round():
    seen = ["newest"]
    while (following := next_order(seen[-1])) != "newest":  # type: ignore[arg-type]
        seen.append(following)
    assert seen == ["newest", "longest", "lab", "verdicts", "state"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("dp_", ["aa02"]),
        ("privacy", ["aa02"]),
        ("lab:Differential", ["aa02"]),
        ("full", ["aa02"]),
        ("preset:fu", ["aa02"]),
        ("failed", ["bb03"]),
        ("state:run", ["bb04"]),
        ("cuda", ["bb04"]),
        ("launcher:slurm", ["bb03"]),
        ("aa", ["aa02", "aa01"]),
        ("run:aa01", ["aa01"]),
        ("confirmed", ["aa02"]),
        ("verdict:missed", ["aa01"]),
        ("lr=0.1", ["bb03", "aa01"]),
        ("lr=1e-1 state:done", ["aa01"]),
        ("lr>=0.3 lr<2", ["sweep:cc", "aa02"]),
        ("lr!=0.1 -sweep:", ["bb05", "aa02"]),
        ("on=true", ["aa02"]),
        ("text=a_b%", ["aa01"]),
        ("text=a_", ["aa01"]),
        ("text=0.3", ["bb03"]),
        ("text>0", []),
        ("sweep:", ["sweep:5eed"]),
        ("sweep:5ee lr=2", ["cc12"]),
        ("since:2d", ["bb04"]),
        ("since:today", []),
        ("since:2023-02-11", ["bb04", "bb06", "bb05"]),
        ("-parabola", ["aa02"]),
        ("quick !done", ["bb04", "bb06", "bb05", "bb03"]),
        ("%", []),
        ("'; DROP TABLE run --", []),
        ("-", None),
    ],
)
def test_what_is_typed_narrows(library: Database, typed: str, found: list[str] | None):
    if found == ["sweep:cc", "aa02"]:
        found = ["cc11", "aa02"]
    assert listed(library, typed) == (listed(library) if found is None else found)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("since:soon", "since: takes"),
        ("since:3x", "since: takes"),
        ("verdict:perhaps", "verdict: takes"),
        ("colour:red", "colour: is not known"),
        ("lr>much", "takes a number"),
    ],
)
def test_words_that_ask_for_nothing_are_told(library: Database, typed: str, says: str):
    listing = Listing(library, Wanted(typed))
    assert says in listing.problem
    assert len(listing) == 0


def test_a_sweep_is_one_row_that_opens(library: Database):
    folded = Listing(library, Wanted())
    assert (len(folded), folded.count) == (7, 9)
    (facts,) = folded.stretch(3, 4)
    assert isinstance(facts, SweepFacts)
    assert (facts.runs, facts.states, facts.differing, facts.alive) == (3, {"done": 3}, {"lr": (0, 1, 2)}, False)
    assert facts.seconds == 30
    assert listed(library, open=("5eed",))[3:7] == ["sweep:5eed", "cc12", "cc11", "cc10"]
    assert folded.find("cc11") == folded.find("sweep:5eed") == 3
    assert Listing(library, Wanted(open=("5eed",))).find("cc11") == 5
    assert folded.find("zz") is None


@pytest.mark.parametrize("order", get_args(Order))
@pytest.mark.parametrize("typed", ["", "lab1", "fresh", "lr=2"])
def test_a_long_list_is_the_same_read_bit_by_bit(library: Database, order: Order, typed: str):
    save_runs(
        library,
        (
            RunRecord(
                f"ee{at:04d}",
                f"lab{at % 3}",
                "quick",
                f"/runs/{at}",
                ("done", "failed", "queued")[at % 7 % 3],
                f"2023-03-{1 + at % 28:02d}T10:{at // 28:02d}:00.000Z",
                {"lr": at % 5},
                ended=f"2023-03-{1 + at % 28:02d}T11:{at * 7 % 60:02d}:00.000Z",
                sweep=("", "", "alone" if at == 2 else "", f"fresh{at // 100}")[at % 4],
            )
            for at in range(900)
        ),
    )
    wanted = Wanted(typed, order, ("fresh1",))
    bit_by_bit, at_once = Listing(library, wanted), Listing(library, wanted)
    every = at_once.stretch(0, len(at_once))
    assert None not in every and len(every) == len(at_once)
    assert [one for at in range(0, len(every), 50) for one in bit_by_bit.stretch(at, at + 50)] == every
    last = every[-1]
    assert last is not None
    key = last.id if isinstance(last, RunRecord) else f"sweep:{last.sweep}"
    assert Listing(library, wanted).find(key) == len(every) - 1
    assert Listing(library, wanted, fold=False).count == len(Listing(library, wanted, fold=False)) == at_once.count


def test_a_row_that_another_program_took_away_is_empty(library: Database):
    listing = Listing(library, Wanted())
    forget_run(library, "aa01")
    assert listing.stretch(6, 7) == [None]
    assert "aa01" not in run_folders(library)


def test_the_last_run_and_the_last_with_verdicts(library: Database):
    save_run(library, made("dd99", day=14, verdicts=[UNTESTED]))
    newest, judged = last_run(library, "parabola"), last_run(library, "parabola", verdicts=True)
    assert newest is not None and newest.id == "dd99"
    assert judged is not None and judged.id == "aa01"
    assert last_run(library, "nothing") is None
    assert [one.id for one in done_runs(library, "parabola", 2)] == ["dd99", "cc12"]


def test_a_library_from_before_knows_its_verdicts_and_times(tmp_path: Path):
    import sqlite3

    path = tmp_path / "library.db"
    old = sqlite3.connect(path)
    number = next(number for number, script in migrations() if "run_listed" in script)
    for before, script in migrations():
        if before < number:
            old.executescript(script)
    old.execute(
        "INSERT INTO run (id, lab, preset, folder, state, started, ended, verdicts) VALUES ('a', 'parabola', 'quick',"
        " '/a', 'done', '2023-02-01T12:00:00.000Z', '2023-02-01T12:00:02.500Z', ?)",
        ['[{"verdict": "confirmed"}, {"verdict": "not tested"}]'],
    )
    old.execute(f"PRAGMA user_version={number - 1}")
    old.commit()
    old.close()
    after = open_library(path)
    (row,) = after.execute("SELECT round(seconds, 3), tested, confirmed FROM run").fetchall()
    assert row == (2.5, 1, 1)
    assert [one.id for one in runs(after)] == ["a"]
