"""How a run goes out through torchrun, and which wishes are refused with what to do instead."""

import pytest

from cs229tui.config import Settings
from cs229tui.errors import UsageError
from cs229tui.labs.launchers import launcher_named, torchrun

PLAIN = ["python", "-u", "main.py", "--preset", "quick", "--run-folder", "DIR"]


def test_the_labs_command_goes_through_torchs_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchrun, "_cores", lambda: range(8))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    options = launcher_named("torchrun").checked({"nproc": "2", "max_restarts": 3}, Settings())
    assert torchrun.processes(options) == 2
    assert torchrun.command(PLAIN, options) == [
        "env", "OMP_NUM_THREADS=4", "python", "-u", "-m", "torch.distributed.run",
        "--nproc-per-node=2", "--max-restarts=3", "--standalone", *PLAIN[2:],
    ]  # fmt: skip
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert "OMP_NUM_THREADS=7" in torchrun.command(PLAIN, options)


def test_several_machines_meet_at_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    options = torchrun.checked({"nproc": 4, "nnodes": 2, "rdzv_endpoint": "gpu1:29400"}, Settings())
    words = torchrun.command(PLAIN, options)
    assert {"--nnodes=2", "--node-rank=0", "--master-addr=gpu1", "--master-port=29400"} <= set(words)
    assert "--standalone" not in words


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "--nproc 2"),
        ({"nproc": "many"}, "number from 1"),
        ({"nproc": 0}, "number from 1"),
        ({"nproc": 2, "partition": "gpu"}, "--max-restarts"),
        ({"nproc": 2, "node_rank": 0}, "--nnodes 2"),
        ({"nproc": 2, "nnodes": 2}, "--rdzv-endpoint HOST"),
        ({"nproc": 2, "nnodes": 2, "rdzv_endpoint": "gpu1:0"}, "--rdzv-endpoint HOST"),
        ({"nproc": 2, "nnodes": 2, "rdzv_endpoint": "gpu1:29400", "node_rank": 1}, "on the others"),
    ],
)
def test_wrong_use_says_what_to_do(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        torchrun.checked(options, Settings())
    assert said in caught.value.remedy
