"""A lab in several processes, started by torchrun: each takes its rows of the batch, and rank 0 speaks for all.

    fast = distributed.parallel(model)                 # gradients are averaged over the processes (DDP)
    for step in run.steps(count):
        x, y = distributed.mine(*batch(...))           # all draw the same batch, and each takes its own rows
        loss = cross_entropy(fast(x), y)
        ...
        run.log(step, loss=distributed.mean(loss))     # the loss over the whole batch

In a lab that runs alone each of these gives back what it was given. torch.distributed does the work: NCCL between GPUs,
gloo between CPUs.
"""

import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from cs229tui.errors import UsageError

Model = TypeVar("Model")

_PATIENCE = timedelta(days=30)  # a paused run keeps the other ranks waiting
_meshes: list[Any] = []  # the one that `sharded` shares a model out over, once it has


def rank() -> int:
    """Which of the processes this is, from torchrun's environment; 0 in a run of one."""
    return int(os.environ.get("RANK", "0")) if launched() else 0


def world() -> int:
    """How many processes the run has."""
    return int(os.environ.get("WORLD_SIZE", "1")) if launched() else 1


def launched() -> bool:
    """Whether torchrun started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ and "RANK" in os.environ


def restarts() -> int:
    """How often a launcher that restarts what fell over (torchrun, Slurm) has started this run anew."""
    return max(int(os.environ.get(name) or 0) for name in ("TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT"))


def starts_again() -> bool:
    """Whether torchrun will start the run anew if this process fails."""
    return launched() and restarts() < int(os.environ.get("TORCHELASTIC_MAX_RESTARTS") or 0)


def lost_another(error: BaseException) -> bool:
    """Whether `error` only says that another of the run's processes is gone."""
    told = f"{type(error).__name__} {error}".lower()
    return (
        world() > 1
        and isinstance(error, RuntimeError)
        and any(word in told for word in ("gloo", "nccl", "distbackend"))
    )


class Agreement:
    """What rank 0 decides and all ranks do at the same step; nothing here waits for a GPU.

    Rank 0's word for a step is sent while the step runs and read before the next: by then it has arrived, so that
    nobody waits for it, and every rank reads the same one.
    """

    def __init__(self) -> None:
        self._group: Any = None
        self._sent: tuple[Any, Any] | None = None
        if world() > 1:
            import torch.distributed as dist

            # Between the hosts' own memories, whatever the devices are.
            self._group = dist.new_group(backend="gloo", timeout=_PATIENCE)

    def agreed(self, *mine: bool) -> tuple[bool, ...]:
        """What rank 0 said a step ago; `mine` is what it says now, on the other ranks it is not asked."""
        if self._group is None:
            return mine
        import torch
        import torch.distributed as dist

        before = self.settled(len(mine))
        word = torch.tensor(mine, dtype=torch.uint8)
        self._sent = (dist.broadcast(word, src=0, group=self._group, async_op=True), word)
        return before

    def settled(self, count: int) -> tuple[bool, ...]:
        """What rank 0 said last, once it has arrived; nothing, `count` times, before it said a word."""
        if self._sent is None:
            return (False,) * count
        arriving, word = self._sent
        arriving.wait()
        self._sent = None
        return tuple(bool(one) for one in word.tolist())

    def said(self, number: int) -> int:
        """Rank 0's number, on every rank; waits for it."""
        if self._group is None:
            return number
        import torch
        import torch.distributed as dist

        word = torch.tensor(number)
        dist.broadcast(word, src=0, group=self._group)
        return int(word)

    def gathered(self, text: bytes) -> list[bytes]:
        """The text of every rank, in order, on every rank."""
        if self._group is None:
            return [text]
        import torch
        import torch.distributed as dist

        sizes = [torch.zeros((), dtype=torch.int64) for _ in range(world())]
        dist.all_gather(sizes, torch.tensor(len(text)), group=self._group)
        longest = max(int(size) for size in sizes)
        texts = [torch.zeros(longest, dtype=torch.uint8) for _ in sizes]
        padded = torch.frombuffer(bytearray(text.ljust(longest, b"\0")), dtype=torch.uint8)
        dist.all_gather(texts, padded, group=self._group)
        return [bytes(part.tolist())[: int(size)] for part, size in zip(texts, sizes, strict=True)]


def begin(device: str, folder: Path) -> Agreement:
    """Join the other processes, on a GPU of its own where `device` is cuda; `end` leaves them.

    What another rank than 0 prints goes to a file of its own in the run's folder; its errors stay with the others.
    """
    if launched():
        import torch
        import torch.distributed as dist
        from torch.distributed.distributed_c10d import PrefixStore
        from torch.distributed.rendezvous import rendezvous

        place = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if device == "cuda" else None
        if place is not None and place.index >= torch.cuda.device_count():
            raise UsageError(
                f"There are more processes here than GPUs: {torch.cuda.device_count()}.",
                "Give each a GPU: --nproc, or compute on the CPU: --device cpu",
            )
        if place is not None:
            torch.cuda.set_device(place)
        # The addresses of processes that have died since are still known where the last attempt noted them.
        known, *_ = next(rendezvous("env://"))
        notes = PrefixStore(f"attempt {restarts()}", known)
        backend = "gloo" if place is None else "nccl"
        dist.init_process_group(backend, store=notes, rank=rank(), world_size=world(), device_id=place)
        if rank() > 0:
            folder.mkdir(parents=True, exist_ok=True)
            sys.stdout.flush()
            with (folder / f"rank-{rank()}.log").open("ab") as log:
                os.dup2(log.fileno(), 1)
    return Agreement()


def end() -> None:
    """Leave the other processes."""
    if launched():
        import torch.distributed as dist

        if dist.is_initialized():
            dist.destroy_process_group()


def parallel(model: Model) -> Model:
    """The model on every process (DDP): it begins as rank 0's, and a backward pass leaves the mean of the gradients."""
    if world() == 1:
        return model
    import torch
    from torch.nn.parallel import DistributedDataParallel

    assert isinstance(model, torch.nn.Module)  # noqa: S101
    return cast(Model, DistributedDataParallel(model))


def sharded(model: Model, wanted: bool = True) -> Model:
    """The model with each parameter shared out over the processes (FSDP2) where `wanted`, in place; made alike by all.

    The layers in its ModuleLists are put together and taken apart one by one, so that only one is whole at a time.
    Optimisers are made afterwards, from the parameters as they are then.
    """
    if not launched() or not wanted:
        return model
    import torch
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    assert isinstance(model, torch.nn.Module)  # noqa: S101
    mesh = init_device_mesh(next(model.parameters()).device.type, (world(),))
    _meshes[:] = [mesh]
    for layers in [module for module in model.modules() if isinstance(module, torch.nn.ModuleList)]:
        for layer in layers:
            fully_shard(layer, mesh=mesh)
    return cast(Model, fully_shard(model, mesh=mesh))


def mine(*batch: Any) -> Any:
    """This process's share of the rows of each tensor; the batch must be a multiple of the number of processes."""
    if world() > 1:
        rows = batch[0].size(0)
        if rows % world():
            raise UsageError(
                f"A batch of {rows} cannot be shared by {world()} processes.", f"Give a multiple of {world()}."
            )
        share = rows // world()
        batch = tuple(part[rank() * share : (rank() + 1) * share] for part in batch)
    return batch if len(batch) > 1 else batch[0]


def mean(number: Any) -> Any:
    """The mean of a tensor over the processes; on a GPU this is one more kernel, and the host does not wait for it."""
    if world() == 1:
        return number
    import torch.distributed as dist

    number = number.detach().clone()
    dist.all_reduce(number)
    return number / world()


def whole(tensor: Any) -> Any:
    """All of a tensor that `sharded` has shared out; every process must ask for it."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def part(tensor: Any, like: Any) -> Any:
    """Of a tensor that every process has whole, what belongs to this process's part of `like`."""
    if not hasattr(like, "full_tensor"):
        return tensor
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor, like.device_mesh, like.placements, src_data_rank=None)


def shared_out(tensor: Any, splits: Sequence[int | None]) -> Any:
    """A whole tensor cut along `splits` (None: not cut) over the processes, where this run has a sharded model."""
    if not _meshes:
        return tensor
    from torch.distributed.tensor import Placement, Replicate, Shard, distribute_tensor

    placements: list[Placement] = [Replicate() if split is None else Shard(split) for split in splits]
    return distribute_tensor(tensor.to(_meshes[0].device_type), _meshes[0], placements, src_data_rank=None)


def is_sharded() -> bool:
    """Whether this run has a model that is shared out over its processes."""
    return bool(_meshes)
