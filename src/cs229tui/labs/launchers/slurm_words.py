"""Slurm's words in plain ones: why a job waits, why it was refused, and what to change."""

import re

# Why a job waits (squeue's REASON). What is not here is told in Slurm's own word.
WAITING = {
    "None": "Slurm has not looked at it yet",
    "Priority": "other jobs come first",
    "Resources": "no node has room for it yet",
    "BeginTime": "Slurm lets it begin a little later",
    "Dependency": "it waits for another job",
    "JobHeldUser": "it is held: release it with scontrol release",
    "JobHeldAdmin": "an administrator holds it",
    "Licenses": "no licence is free",
    "Reservation": "its reservation has not begun",
    "ReqNodeNotAvail": "the nodes it asks for are down or reserved",
    "QOSMaxJobsPerUserLimit": "you have as many jobs running as you may",
    "AssocMaxJobsLimit": "your account has as many jobs running as it may",
    "QOSMaxGRESPerUser": "you use as many GPUs as you may",
    "AssocGrpGRES": "your account uses as many GPUs as it may",
    "QOSMaxCpuPerUserLimit": "you use as many CPUs as you may",
    "launch failed requeued held": "its start failed and Slurm holds it: release it with scontrol release",
}
# It would wait for ever: these do not change by waiting.
NEVER = {
    "PartitionConfig": "the partition has no node like that, or is not for jobs as long or large",
    "PartitionNodeLimit": "the partition is not for that many nodes",
    "PartitionTimeLimit": "the partition is not for that much time",
    "BadConstraints": "no node has what it asks for",
    "InvalidAccount": "the account is not known",
    "InvalidQOS": "the QOS is not known",
    "AccountNotAllowed": "the partition is not for that account",
    "QOSNotAllowed": "the partition is not for that QOS",
    "DependencyNeverSatisfied": "the job it depends on did not end well",
    "QOSMaxWallDurationPerJobLimit": "your QOS is not for that much time",
    "AssocMaxWallDurationPerJobLimit": "your account is not for that much time",
    "QOSMaxCpuPerJobLimit": "your QOS is not for that many CPUs",
    "QOSMaxMemoryPerJob": "your QOS is not for that much memory",
    "QOSMaxGRESPerJob": "your QOS is not for that many GPUs",
}
_CHANGE = "stop it, and ask for something else: --slurm KEY=VALUE, or [slurm] in config.toml"

# What to do about a refusal, by a pattern in sbatch's words.
_REFUSED = (
    (r"contact|connect|timed out|socket", "Try it again later; see: cs229tui doctor"),
    (r"policy", "Ask for less, or wait until your other jobs are over; see: squeue --me"),
    (r"account", "Name your account: --slurm account=NAME, or [slurm] in config.toml."),
    (r"partition", "Name one that there is: --slurm partition=NAME, or [slurm] in config.toml; see: cs229tui doctor"),
    (r"\bQOS\b", "Name a QOS that you may use: --slurm qos=NAME."),
    (r"memory", "Ask for less: --slurm memory=8G, or [slurm] in config.toml."),
    (r"time", "Ask for as much as the partition allows: --slurm time=1:00:00, or [slurm] in config.toml."),
    (r"node configuration|feature|gres|cpu|node count", "Ask for less, or another partition; see: sinfo --long"),
    (r"option", "See: sbatch --help"),
)


def waiting(reason: str) -> str:
    """Why a job waits, by Slurm's `reason`; for one that waits in vain, what to do."""
    # "(ReqNodeNotAvail, UnavailableNodes:n[1-3])", "Nodes required for job are DOWN, DRAINED or reserved …"
    word = reason.strip("()").partition(",")[0]
    if word in NEVER:
        return f"it will not start: {NEVER[word]} ({word}); {_CHANGE}"
    if word.startswith("Nodes required"):
        return "the nodes it needs are down or reserved"
    if word in WAITING:
        return f"{WAITING[word]} ({word})"
    return f"Slurm says {reason.strip('()')}" if word else "Slurm says nothing of why"


def remedy(told: str) -> str:
    """What to do about sbatch's refusal."""
    for pattern, what in _REFUSED:
        if re.search(pattern, told, re.IGNORECASE):
            return what
    return "Change what is asked for: --slurm KEY=VALUE, or [slurm] in config.toml."


def out_of_memory(log: str) -> bool:
    """Whether the job's log says that Slurm or the kernel ended it for memory; some clusters call that FAILED."""
    return re.search(r"^slurmstepd.*(exceeded .*memory limit|oom.kill)", log, re.MULTILINE | re.IGNORECASE) is not None
