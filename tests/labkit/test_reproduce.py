"""Presets run over seeds and written down: what is made again, what goes on, what stays in RESULTS.md."""

from pathlib import Path

import pytest

from cs229tui.errors import ReportableError
from cs229tui.labkit import reproduce
from cs229tui.labkit.lab_file import RESULTS
from cs229tui.labkit.reproduce import code_of, processor

LAB = """
title = "Dice"
lecture = 1
key = "d"
summary = "Throws a die."
[presets.quick]
minutes = 0.1
device = "any"
help = "one throw"
[presets.unlucky]
minutes = 0.1
device = "any"
help = "a throw that goes off the table"
[presets.large]
minutes = 1
device = "cuda"
help = "many throws"
[[claims]]
id = "small"
text = "A seed | is small"
reading = "a-paper"
metric = "the seed"
presets = { quick = { high = 1.0 }, unlucky = { high = 1.0 } }
[[claims]]
id = "never"
text = "Nobody measures it"
reading = "a-paper"
metric = "nothing"
presets = { quick = { low = 0.0 } }
"""
MAIN = """
from cs229tui import labkit

with labkit.start(__file__) as run:
    run.note(f"Thrown with seed {run.seed}.")
    if run.preset == "unlucky":
        raise RuntimeError("it fell")
    run.claim("small", run.seed)
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dice"
    folder.mkdir()
    (folder / "lab.toml").write_text(LAB)
    (folder / "main.py").write_text(MAIN)
    monkeypatch.setattr(reproduce.device, "choose", lambda name: "cpu")
    return folder


def results(lab: Path) -> str:
    return (lab / RESULTS).read_text("utf-8")


def test_each_seed_is_a_column_with_a_verdict(lab: Path, tmp_path: Path) -> None:
    assert reproduce.reproduce(lab, "quick", "1-2", tmp_path / "runs") == []
    text = results(lab)
    assert f"## {processor()}\n\n### quick\n" in text
    assert "| A seed \\| is small (the seed) | at most 1 | 1 | 2 | 1 of 2 confirmed |" in text
    assert "Nobody measures it" not in text
    assert "Nobody has run these yet: `unlucky`, `large`." in text
    assert "- Thrown with seed 1." in text


def test_what_is_there_is_not_made_again_until_it_is_asked_for(lab: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    reproduce.reproduce(lab, "quick", "1", runs)
    events = runs / "dice" / "quick-1" / "events.jsonl"
    before = events.stat().st_mtime_ns
    reproduce.reproduce(lab, "quick", "1", runs)
    assert events.stat().st_mtime_ns == before
    reproduce.reproduce(lab, "quick", "1", runs, again=True)
    assert events.stat().st_mtime_ns > before
    assert (
        runs / "dice" / "earlier" / "quick-1-1" / "events.jsonl"
    ).stat().st_mtime_ns == before  # put aside, not thrown away
    assert "seed 1 |" in results(lab) and "seed 1 | seed 1" not in results(lab)


def test_a_run_of_earlier_code_says_so(lab: Path, tmp_path: Path) -> None:
    reproduce.reproduce(lab, "quick", "1", tmp_path / "runs")
    code = code_of(lab)
    (lab / "main.py").write_text(f'"""Throws a die."""\n{MAIN}# once\n')
    said = code_of(lab)
    (lab / "main.py").write_text(f'"""Throws one die."""\n{MAIN}# twice\n')
    assert code_of(lab) == said  # what it says of itself is not what it does
    (lab / "main.py").write_text(MAIN.replace("run.seed)", "run.seed + 0)"))
    assert code_of(lab) not in (code, said)
    reproduce.reproduce(lab, "quick", "1-2", tmp_path / "runs")
    assert "| seed 1 † | seed 2 |" in results(lab)


def test_sections_of_other_machines_and_presets_stay(lab: Path, tmp_path: Path) -> None:
    other = "## cuda · NVIDIA H100\n\n### large\n\nMany throws. Took 3 s.\n\n| a | b |\n"
    here = f"## {processor()}\n\n### unlucky\n\nA throw.\n"
    (lab / RESULTS).write_text(f"# Dice: results\n\nOld.\n\n{other}\n{here}")
    reproduce.reproduce(lab, "quick", "1", tmp_path / "runs")
    text = results(lab)
    assert other in text and "Old." not in text and "Nobody has run" not in text
    assert text.index("### quick") < text.index("### unlucky")
    once = text
    reproduce.write(lab, tmp_path / "runs")
    assert results(lab) == once


def test_a_run_that_fails_is_told_and_kept(lab: Path, tmp_path: Path) -> None:
    assert reproduce.reproduce(lab, "", "1", tmp_path / "runs") == ["unlucky with seed 1"]
    assert "Seed 1 failed: RuntimeError: it fell." in results(lab)
    with pytest.raises(SystemExit) as end:
        reproduce.main([str(lab), "--presets", "unlucky", "--runs", str(tmp_path / "runs")])
    assert end.value.code == 1


def test_a_run_that_was_cut_off_is_no_result(lab: Path, tmp_path: Path) -> None:
    reproduce.reproduce(lab, "quick", "1", tmp_path / "runs")
    events = tmp_path / "runs" / "dice" / "quick-1" / "events.jsonl"
    whole = events.read_bytes()
    events.write_bytes(whole[: whole.rindex(b'{"kind":"end"') + 20])  # killed while it wrote its last line
    assert reproduce.read(events.parent) is None
    reproduce.reproduce(lab, "quick", "1", tmp_path / "runs")
    made = reproduce.read(events.parent)
    assert made is not None and made.state == "done" and made.measured == {"small": 1.0}


@pytest.mark.parametrize("wrong", ["", "a", "1-", "1,,2", "-1"])
def test_seeds_that_are_none_are_refused(lab: Path, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ReportableError, match="Seeds"):
        reproduce.reproduce(lab, "quick", wrong, tmp_path / "runs")


def test_wrong_names_are_refused(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ReportableError, match="no preset 'slow'"):
        reproduce.reproduce(lab, "slow", "1", tmp_path / "runs")
    with pytest.raises(SystemExit) as end:
        reproduce.main([str(tmp_path / "nowhere")])
    assert end.value.code != 0 and "nowhere" in capsys.readouterr().err
