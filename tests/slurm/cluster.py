"""A Slurm of one node for the tests: real daemons with their own ports, key and folder, gone when the tests are."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "sinfo", "srun")
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # where Debian puts the daemons; not on everybody's PATH

# Partitions: `short` is where jobs go; a job in `urgent` takes its place. A job's end and requeue follow at once, and a
# credential lives 5 s, since Slurm lets a requeued job wait for the old one to run out.
_CONF = """
ClusterName=bench
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1,defer_batch
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
KillWait=2
MessageTimeout=4
SlurmctldTimeout=5
SlurmdTimeout=5
MinJobAge=300
InactiveLimit=0
ReturnToService=2
TreeWidth=16
GresTypes=gpu
NodeName={host} NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 Gres=gpu:1 State=UNKNOWN
PartitionName=short Nodes={host} Default=YES PriorityTier=1 PreemptMode=REQUEUE MaxTime=60 DefMemPerCPU=100 State=UP
PartitionName=urgent Nodes={host} PriorityTier=10 PreemptMode=OFF MaxTime=60 DefMemPerCPU=100 State=UP
"""


def missing() -> list[str]:
    """The programs of Slurm and munge that this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]


class Cluster:
    """A running Slurm: its folder, what a client needs in its environment, and its daemons to kill and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = socket.gethostname().partition(".")[0]
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def ask(self, *words: str) -> str:
        """What one of Slurm's programs prints."""
        done = subprocess.run(words, capture_output=True, text=True, env=self._environment(), timeout=30)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        return done.stdout

    def start(self, name: str) -> None:
        """Start `slurmctld` or `slurmd` and wait until the node can be used."""
        self._start(name, name, "-D")
        self.ready()

    def kill(self, name: str) -> None:
        """End a daemon; the controller may write its state down first, as it does every few seconds."""
        daemon = self._daemons.pop(name)
        daemon.terminate()
        daemon.wait()

    def cut_off(self) -> None:
        """End the node as a power cut would: its daemon, and everything that the jobs on it have started.

        The controller would find out by itself, in half a minute.
        """
        daemon = self._daemons.pop("slurmd")
        daemon.kill()
        daemon.wait()
        ours = f"SLURM_CONF={self.environment['SLURM_CONF']}".encode()
        kept = {daemon.pid for daemon in self._daemons.values()}
        for process in Path("/proc").iterdir():
            with suppress(OSError):
                number = int(process.name) if process.name.isdigit() else 0
                if number and number not in kept and ours in (process / "environ").read_bytes().split(b"\0"):
                    os.kill(number, signal.SIGKILL)
        self.ask("scontrol", "update", f"NodeName={self.host}", "State=DOWN", "Reason=cut off")

    def ready(self) -> None:
        """Wait until the node is up."""
        self._until(lambda: self._node() in {"idle", "mixed", "allocated", "completing"}, "the node is not up")

    def clear(self) -> None:
        """End every job and wait until the node is free."""
        for name in ("slurmctld", "slurmd"):
            if name not in self._daemons:
                self.start(name)
        self.ask("scancel", "--me")
        self._until(lambda: not self.ask("squeue", "--noheader") and self._node() == "idle", "jobs do not end")

    def begin(self) -> None:
        """Start munged, the controller and the node."""
        folder = self.folder
        key = folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        words = [f"--{name}={folder}/munge.{name.partition('-')[0]}" for name in ("socket", "key-file", "pid-file")]
        words += [f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed"]
        self._start("munged", "munged", "--foreground", "--force", *words)
        self._until((folder / "munge.socket").exists, "munged does not start")
        self._start("slurmctld", "slurmctld", "-D")
        self.start("slurmd")

    def end(self) -> None:
        """End everything."""
        with suppress(AssertionError, subprocess.SubprocessError):
            self.clear()
        # The last that was started first: without munged the others cannot even say goodbye.
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(2)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def log(self) -> str:
        """The last lines of the daemons, for who wonders why they do not start."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-2000:]}" for log in logs)

    def _node(self) -> str:
        with suppress(AssertionError, subprocess.SubprocessError):
            return self.ask("sinfo", "--noheader", "--partition=short", "--format=%T").strip()
        return ""

    def _start(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.out.log").open("ab") as log:
            self._daemons[name] = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment(), start_new_session=True
            )

    def _until(self, what: Callable[[], object], else_: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, f"{else_}\n{self.log()}"
            time.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment, "PATH": _path()}


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A Slurm that is up, for as long as the block lasts."""
    with ExitStack() as stack:
        # Not below pytest's own folder: that is closed to other users, and a socket's path may have 107 characters.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        ports = dict(zip(("controller_port", "node_port"), _free_ports(2), strict=True))
        made = Cluster(folder)
        (folder / "slurm.conf").write_text(_CONF.format(folder=folder, host=made.host, **ports))
        (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        stack.callback(made.end)
        made.begin()
        yield made


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:{_SBIN}"
