"""The job script: what it asks Slurm for, and what no setting may smuggle into it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from cs229tui.config import Settings, Slurm
from cs229tui.errors import LabError, UsageError
from cs229tui.labs.launchers import slurm
from cs229tui.labs.launchers.slurm_job import asked, script

STORY = {"id": "0c4e1234-5", "lab": "para bola", "preset": "quick", "environment": {"PYTHONHOME": None, "A": "b 'c'"}}
COMMAND = ("/opt/python", "-u", "/labs/main.py", "--preset", "quick", "--text=a $(b)")


def made(options: dict[str, Any], settings: Slurm | None = None, folder: str = "/runs/one") -> str:
    text = script(asked(options, settings or Slurm()), STORY, Path(folder), COMMAND)
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    return text


def directives(text: str) -> list[str]:
    return [line.removeprefix("#SBATCH ") for line in text.split("\n") if line.startswith("#SBATCH ")]


def test_what_is_not_said_is_left_to_the_cluster() -> None:
    assert directives(made({})) == [
        "--job-name=para-bola-quick-0c4e1234",
        "--chdir=/runs/one",
        "--output=output.log",
        "--open-mode=append",
        "--requeue",
        "--signal=B:USR1@60",
        "--nodes=1",
        "--ntasks-per-node=1",
    ]


def test_the_settings_and_what_is_said_over_them() -> None:
    settings = Slurm(partition="cpu", gpus=1, time="1:00:00", setup=("module load cuda",), options=("--qos=low",))
    text = made({"partition": "gpu", "gpus": "2", "cpus": 8, "memory": "16G", "mail_type": "END"}, settings)
    assert directives(text)[8:] == [
        "--partition=gpu", "--gres=gpu:2", "--cpus-per-task=8", "--mem=16G", "--time=1:00:00", "--qos=low",
        "--mail-type=END",
    ]  # fmt: skip
    assert text.index("module load cuda") < text.index("export A=") < text.index("/opt/python")
    assert "srun" not in text


def test_what_was_asked_once_can_be_asked_again() -> None:
    import msgspec

    first = asked({"qos": "high", "setup": "module load x", "nproc": 2}, Slurm(options=("--exclusive",)))
    assert asked(msgspec.to_builtins(first), Slurm()) == first


def test_several_processes_go_by_srun_and_torchrun() -> None:
    text = made({"nproc": 4, "nnodes": 2, "cpus": 8})
    assert "--nodes=2" in directives(text)
    assert "srun --nodes=2 --ntasks=2 --ntasks-per-node=1 --cpus-per-task=8" in text
    assert "-m torch.distributed.run --nnodes=2 --nproc-per-node=4" in text
    assert '--rdzv-backend=c10d --rdzv-endpoint="$first:' in text
    assert "'--text=a $(b)'" in text
    assert 'scancel --signal=TERM "$SLURM_JOB_ID"' in text


def test_a_folder_of_any_name_is_quoted() -> None:
    text = made({}, folder="/home/o'brien/my $(runs)")
    assert directives(text)[1] == """'--chdir=/home/o'"'"'brien/my $(runs)'"""
    assert """cd '/home/o'"'"'brien/my $(runs)'""" in text


@pytest.mark.parametrize(
    "options",
    [
        {"partition": "a\n#SBATCH --uid=0"},
        {"setup": "module load x\nrm -rf /"},
        {"q\nos": "high"},
        {"qos": "high\x1b[31m"},
        {"": "x"},
        {"gpus": "many"},
        {"gpus": -1},
        {"nproc": 0},
        {"cpus": 10_000},
    ],
)
def test_what_no_script_can_hold_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        asked(options, Slurm())


def test_without_slurm_nothing_is_written_and_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LabError, match="no sbatch") as caught:
        slurm.checked({}, Settings())
    assert "login node" in caught.value.remedy
