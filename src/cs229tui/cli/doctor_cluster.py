"""What `doctor` says of the cluster: whether Slurm is here and answers, and whether its nodes can see the runs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cs229tui.workspace import Workspace

# Kinds of file systems that several machines mount; one of a machine's own disk, such as ext4, is none of them.
_SHARED = ("nfs", "nfs4", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "afs", "cifs", "smb3", "orangefs", "wekafs")
_MOST_NAMED = 8

Row = tuple[str, bool, str, str]  # name, whether it is well, what was found, the remedy


def cluster(workspace: Workspace) -> Iterator[Row]:
    """Slurm, where it is installed."""
    from cs229tui.labs.launchers.slurm import partitions
    from cs229tui.labs.launchers.slurm_answers import SlurmError

    if shutil.which("sbatch") is None:
        yield "Slurm", True, "not here; labs run on this machine", ""
        return
    try:
        names = partitions()
    except SlurmError as error:
        if "configuration source" in str(error):
            remedy = "Use it on your cluster's login node, or set SLURM_CONF."
            yield "Slurm", True, "installed, and not set up on this machine", remedy
            return
        remedy = "Jobs cannot be submitted until it does; what runs goes on."
        yield "Slurm", False, f"installed, and does not answer ({error})", remedy
        return
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    yield "Slurm", True, f"answers; partitions: {', '.join(names[:_MOST_NAMED])}{more}", ""
    kind = file_system(workspace.folders.runs)
    if kind and kind not in _SHARED:
        remedy = "If the cluster has other nodes, set CS229TUI_HOME to a folder that they share."
        yield "runs folder", True, f"{workspace.folders.runs} is on a disk of this machine's own ({kind})", remedy
    elif kind:
        yield "runs folder", True, f"{workspace.folders.runs} is shared ({kind})", ""


def file_system(folder: Path) -> str:
    """The kind of file system that `folder` is, or will be, on; empty where the kernel does not say."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        device = folder.stat().st_dev
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "replace").split("\n")
    except OSError:
        return ""
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in lines:
        before, _, after = line.partition(" - ")
        if before.split(" ")[2:3] == [number]:
            return after.split(" ")[0]
    return ""
