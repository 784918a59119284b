"""A lab that the warm process starts is a run like any other; wherever it cannot, the run starts as ever."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import DONE, STOPS, make_lab, until
from cs229tui.config import Settings
from cs229tui.folders import Folders
from cs229tui.labs import guard, process, warm
from cs229tui.labs import launch as bench
from cs229tui.labs.find import lab_named
from cs229tui.labs.launchers import prepared
from cs229tui.labs.life import look
from cs229tui.labs.run_folder import environment_of
from cs229tui.labs.watch import replay
from cs229tui.library.database import Database
from cs229tui.library.runs import RunRecord, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")

# As the real one, but without torch: that is not the point here.
_LIGHT = (
    "import sys\nfrom cs229tui.labs import warm_server\n"
    "warm_server._MODULES = ('cs229tui.labkit.events',)\nwarm_server.main(sys.argv[1])\n"
)
PARENT = '(folder / "parent").write_text(str(os.getppid()))\n'


@pytest.fixture(autouse=True)
def allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torch_there: None) -> Iterator[None]:
    place = Path("/tmp") / f"warm-{os.getpid()}-{tmp_path.name[-12:]}"  # the name of a socket must be short
    place.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    monkeypatch.delenv(warm.SWITCH)
    yield
    warm.let_go()
    import shutil

    shutil.rmtree(place)


def socket_of(folders: Folders) -> Path:
    python = sys.executable
    path = warm._socket(python, guard.environment_with(os.environ, environment_of(folders, python, "", None)))
    assert path is not None
    return path


@pytest.fixture
def server(bench_folders: Folders) -> Iterator["subprocess.Popen[bytes]"]:
    path = socket_of(bench_folders)
    environment = guard.environment_with(os.environ, environment_of(bench_folders, sys.executable, "", None))
    words = [sys.executable, "-u", "-P", "-c", _LIGHT, str(path)]
    with subprocess.Popen(words, env=environment, cwd="/", start_new_session=True) as running:
        until(path.exists)
        yield running
        running.kill()


def begin(library: Database, folders: Folders, main: str, name: str = "parabola") -> RunRecord:
    make_lab(folders.labs, name, main)
    return bench.launch(library, folders, Settings(labs_at_once=8), lab_named(folders, name))


def over(record: RunRecord) -> RunRecord:
    until(lambda: not look(record).alive)
    return look(record).record


def guard_of(record: RunRecord) -> process.Process:
    here = process.process_of(Path(record.folder))
    assert here is not None
    return here


def forked(record: RunRecord) -> bool:
    """Whether the guard of a run that goes on was forked: then it has the command line of the warm process."""
    return b"warm_server" in Path(f"/proc/{guard_of(record).pid}/cmdline").read_bytes()


def test_a_run_of_the_warm_process_is_a_run_like_any_other(server, bench_library: Database, bench_folders: Folders):
    shows = (
        "facts = {'argv': sys.argv, 'path': sys.path[0], 'cwd': os.getcwd(), 'run': os.environ['CS229TUI_RUN'],\n"
        "  'main': sys.modules['__main__'].__file__, 'sid': os.getsid(0), 'stdin': os.readlink('/proc/self/fd/0'),\n"
        "  'files': len(os.listdir('/proc/self/fd')), 'mask': len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),\n"
        "  'term': signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,\n"
        "  'int': signal.getsignal(signal.SIGINT) == signal.default_int_handler, 'child': str(\n"
        "  signal.getsignal(signal.SIGCHLD)), 'home': os.environ['CS229TUI_HOME'], 'name': __name__}\n"
        "(folder / 'facts').write_text(json.dumps(facts))\nprint('words', flush=True)\n"
    )
    told = []
    for name in ("warm", "cold"):
        record = begin(bench_library, bench_folders, shows + STOPS, name)
        assert forked(record) == (name == "warm")
        until(lambda record=record: replay(Path(record.folder)).start)
        assert bench.stop(run(bench_library, record.id))
        after = over(record)
        assert after.state == "stopped"
        until((Path(record.folder) / "exit").exists)
        assert (Path(record.folder) / "exit").read_text().split()[0] == "0"
        assert (Path(record.folder) / "output.log").read_text() == "words\n"
        facts = json.loads((Path(record.folder) / "facts").read_text())
        assert facts.pop("sid") == guard_of(record).pid
        assert facts.pop("run") == record.id
        told.append(json.dumps(facts).replace(record.folder, "FOLDER").replace("labs/cold", "labs/warm"))
        server.kill()
        server.wait()
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("main", "status"),
    [("start()\nraise SystemExit(7)\n", "7"), ("start()\n1 / 0\n", "1"), ("os.kill(os.getpid(), 9)\n", "137")],
)
def test_how_it_ended_is_written_down(server, bench_library: Database, bench_folders: Folders, main: str, status: str):
    record = begin(bench_library, bench_folders, PARENT + main)
    until((Path(record.folder) / "exit").exists)
    assert (Path(record.folder) / "exit").read_text().split()[0] == status
    assert int((Path(record.folder) / "parent").read_text()) == guard_of(record).pid
    assert over(record).state == "failed"
    if "1 / 0" in main:
        assert "ZeroDivisionError" in over(record).reason


def test_runs_outlive_the_warm_process(server, bench_library: Database, bench_folders: Folders):
    record = begin(bench_library, bench_folders, STOPS)
    until(lambda: replay(Path(record.folder)).start)
    assert forked(record)
    server.kill()
    server.wait()
    assert look(record).record.state == "running"
    assert bench.stop(record)
    assert over(record).state == "stopped"
    # The socket that was left behind is nobody's: the next run starts as ever.
    assert socket_of(bench_folders).exists()
    cold = begin(bench_library, bench_folders, STOPS, "cold")
    assert not forked(cold)
    assert bench.stop(cold)


def test_what_was_left_behind_is_taken_over_by_the_next(server, bench_library: Database, bench_folders: Folders):
    server.kill()
    server.wait()
    path = socket_of(bench_folders)
    with subprocess.Popen([sys.executable, "-u", "-c", _LIGHT, str(path)], start_new_session=True) as second:
        until(lambda: _answers(path))
        record = begin(bench_library, bench_folders, STOPS)
        assert forked(record)
        bench.stop(record)
        # One for each machine: a third finds that there is one, and leaves.
        assert subprocess.run([sys.executable, "-c", _LIGHT, str(path)], timeout=30).returncode == 0
        second.kill()


def _answers(path: Path) -> bool:
    try:
        warm._called(path).close()
    except OSError:
        return False
    return True


def test_one_that_is_busy_is_not_waited_for(bench_library: Database, bench_folders: Folders):
    path = socket_of(bench_folders)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen(1)  # it takes calls, and answers none
        record = begin(bench_library, bench_folders, DONE)
    assert over(record).state == "done"


def test_one_that_dies_in_between_starts_nothing_twice(bench_library: Database, bench_folders: Folders):
    path = socket_of(bench_folders)
    with socket.socket(socket.AF_UNIX) as dying:
        dying.bind(str(path))
        dying.listen(1)

        def answer() -> None:
            caller, _ = dying.accept()
            caller.sendall(warm.READY)
            caller.recv(100_000)
            caller.close()

        threading.Thread(target=answer).start()
        record = begin(bench_library, bench_folders, PARENT + DONE)
    assert over(record).state == "done"
    assert int((Path(record.folder) / "parent").read_text()) == guard_of(record).pid


def test_two_programs_at_once_both_get_their_run(server, bench_library: Database, bench_folders: Folders):
    records = [begin(bench_library, bench_folders, STOPS, f"lab{n}") for n in range(4)]
    for record in records:
        (Path(record.folder) / "events.jsonl").touch()
    assert all(forked(record) for record in records)
    assert len({guard_of(record).pid for record in records}) == 4
    for record in records:
        assert bench.stop(record)


def test_another_environment_or_version_is_another_process(
    bench_folders: Folders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    first = socket_of(bench_folders)
    assert socket_of(bench_folders) == first
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert socket_of(bench_folders) != first
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(warm, "_code", lambda: [("another", 1, 1)])
    assert socket_of(bench_folders) != first


def test_a_folder_that_others_may_enter_is_not_used(bench_folders: Folders):
    folder = socket_of(bench_folders).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert warm._private_folder() is None


def test_it_ends_when_the_program_that_held_it_has_ended(server, bench_folders: Folders):
    path = socket_of(bench_folders)
    assert warm._hold(path)
    assert warm.memory(bench_folders, Settings())
    warm.let_go()
    server.wait(20)
    assert not path.exists()


def test_it_is_not_started_where_memory_is_short(bench_folders: Folders, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(warm, "memory_left", lambda: 100_000_000)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("it was started"))
    warm.start(bench_folders, Settings())


def test_only_plain_runs_are_started_by_it(server, bench_library: Database, bench_folders: Folders):
    record = begin(bench_library, bench_folders, DONE)
    over(record)
    plain = prepared(Path(record.folder))
    for command in (("env", "A=1", *plain.command), (sys.executable, "-u", "-m", "torch.distributed.run")):
        assert not warm.start_run(type(plain)(plain.folder, command, plain.environment, {}))


def test_the_numbers_are_those_of_a_cold_start_bit_for_bit(
    bench_library: Database, bench_folders: Folders, monkeypatch: pytest.MonkeyPatch
):
    learns = (
        "import torch\ntorch.manual_seed(1)\nmodel = torch.nn.Linear(64, 64)\n"
        "optimiser = torch.optim.AdamW(model.parameters())\nstart()\n"
        "for step in range(5):\n    loss = model(torch.randn(256, 64)).square().mean()\n    loss.backward()\n"
        "    optimiser.step()\n    event('metric', step=step, values={'loss': loss.item()})\n"
        "(folder / 'threads').write_text(str(torch.get_num_threads()))\nend()\n"
    )
    warm.start(bench_folders, Settings())
    path = socket_of(bench_folders)
    until(lambda: _answers(path), 120)
    made = []
    for name in ("warm", "cold"):
        record = begin(bench_library, bench_folders, "import signal\n" + learns, name)
        assert forked(record) == (name == "warm")
        until(lambda record=record: not look(record).alive, 120)
        assert look(record).record.state == "done"
        losses = list(replay(Path(record.folder)).series["loss"].values)
        made.append((losses, (Path(record.folder) / "threads").read_text()))
        monkeypatch.setenv(warm.SWITCH, "off")
    assert made[0] == made[1]
    os.kill(int(path.with_name(path.name + ".lock").read_text()), signal.SIGTERM)
