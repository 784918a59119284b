"""One Slurm for all tests of a worker; where Slurm is not installed they are skipped, but not in CI."""

import os
from collections.abc import Iterator

import pytest

from cs229tui.labs.launchers import slurm as launcher
from cs229tui.labs.launchers.slurm_answers import Scheduler
from slurm.cluster import Cluster, cluster, missing


@pytest.fixture(scope="session")
def daemons() -> Iterator[Cluster]:
    lacking = "root's rights" if os.getuid() else ", ".join(missing())
    if lacking and os.environ.get("CI"):
        pytest.fail(f"Slurm's tests must run in CI, and they lack {lacking}: see the Makefile")
    if lacking:
        pytest.skip(f"no Slurm to test with: {lacking} is missing")
    with cluster() as made:
        yield made


@pytest.fixture
def slurm(daemons: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A Slurm that is up and idle, and that the program finds."""
    for name, value in daemons.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(launcher, "scheduler", Scheduler())
    monkeypatch.setattr("cs229tui.labs.launchers.slurm_answers.EVERY_SECONDS", 0.3)
    monkeypatch.setattr("cs229tui.labs.launchers.slurm_answers._AFTER_FAILURE_SECONDS", 0.5)
    yield daemons
    daemons.clear()
