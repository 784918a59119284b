"""Which runs can go on from a checkpoint, what is said of those that cannot, and what may make one differ."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import Begin, until
from cs229tui.cli import cli
from cs229tui.config import Settings
from cs229tui.errors import LabError
from cs229tui.folders import Folders
from cs229tui.labs import continuing
from cs229tui.labs.history import refresh
from cs229tui.labs.launch import go_on
from cs229tui.labs.life import look
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, run

# Falls over the first time, after it has left a checkpoint; goes on and is done where it is told to.
BREAKS = """
going_on = "--continue" in sys.argv
start()
for step in range(6 if going_on else 0, 10):
    if step == 8 and not going_on:
        (folder / "checkpoint").mkdir()
        text = json.dumps({"__metadata__": {"run": json.dumps({"facts": {"version of torch": "2.11.0"}})}}).encode()
        (folder / "checkpoint" / "step-000000006.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
        raise SystemExit("out of breath")
    event("metric", step=step, values={"train": step})
end()
"""


def over(database: Database, folders: Folders, record: RunRecord) -> RunRecord:
    until(lambda: not look(run(database, record.id)).alive)
    refresh(database, folders)
    return run(database, record.id)


def test_a_run_that_fell_over_goes_on_in_its_own_folder(
    begin: Begin, bench_library: Database, bench_folders: Folders
) -> None:
    broken = over(bench_library, bench_folders, begin(BREAKS))
    assert broken.state == "failed"
    assert continuing.differences(broken) == (
        "PyTorch was 2.11.0 and is 2.12.0 now: the curves may differ a little from an uninterrupted run.",
    )
    again = go_on(bench_library, bench_folders, Settings(), broken)
    assert (again.id, again.folder) == (broken.id, broken.folder)
    done = over(bench_library, bench_folders, again)
    assert (done.state, done.reason) == ("done", "")
    with pytest.raises(LabError, match="is done"):
        go_on(bench_library, bench_folders, Settings(), done)


def test_a_changed_lab_is_told(begin: Begin, bench_library: Database, bench_folders: Folders) -> None:
    broken = over(bench_library, bench_folders, begin(BREAKS))
    path = bench_folders.labs / "parabola" / "main.py"
    path.write_text(path.read_text("utf-8") + "# faster now\n", "utf-8")
    assert any("code was changed since (main.py)" in text for text in continuing.differences(broken))


def test_what_cannot_be_continued_is_refused_with_the_reason(
    begin: Begin, bench_library: Database, bench_folders: Folders
) -> None:
    broken = over(bench_library, bench_folders, begin("start()\nraise SystemExit('at once')"))
    with pytest.raises(LabError, match="no checkpoint"):
        continuing.refuse(broken)
    with pytest.raises(LabError, match=r"folder of the run .* is gone"):
        continuing.refuse(replace(broken, folder=broken.folder + "-moved"))
    script = bench_folders.labs / "parabola" / "main.py"
    script.rename(script.with_name("other.py"))
    with pytest.raises(LabError, match=r"lab of the run .* is gone"):
        continuing.refuse(broken)
    story = Path(broken.folder) / "run.json"
    story.write_text(json.dumps({**json.loads(story.read_text("utf-8")), "command": ["python", "main.py"]}), "utf-8")
    with pytest.raises(LabError, match="by hand") as caught:
        continuing.refuse(broken)
    assert f"main.py --run-folder {broken.folder} --continue" in caught.value.remedy


def test_a_run_that_still_goes_on_is_left_alone(begin: Begin) -> None:
    record = begin("wait_for_stop()\nend('stopped')")
    until(lambda: look(record).word == "running")
    with pytest.raises(LabError, match="still goes on"):
        continuing.refuse(look(record).record)


def test_the_command_line_continues_a_run(begin: Begin, bench_library: Database, bench_folders: Folders) -> None:
    broken = over(bench_library, bench_folders, begin(BREAKS))
    done = CliRunner().invoke(cli, ["lab", "continue", broken.id[:8], "--detach"])
    assert done.exit_code == 0 and broken.id in done.stdout, done.output
    assert "PyTorch was 2.11.0" in done.stderr
    assert over(bench_library, bench_folders, broken).state == "done"
    refused = CliRunner().invoke(cli, ["lab", "continue", broken.id[:8]])
    assert refused.exit_code != 0
