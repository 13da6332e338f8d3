"""One training by many processes, as `torchrun` starts them: each learns from a part of every batch.

The gradient is that of the whole batch; batch norm sees a part, as it must where no process has all of it.  Processes
draw the same order and the same distortions.  Rank 0 alone writes files and reports.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from ..errors import RecipeError

LEAST_PART = 2  # what batch norm needs


@dataclass(frozen=True)
class Ranks:
    """This process among `count`; alone, everything here is without effect."""

    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def require(self, batch_size: int, tricks: Sequence[str] = ()) -> None:
        """Raises RecipeError if a part of a batch would be too small, or for tricks, which know one process."""
        if tricks and self.count > 1:
            raise RecipeError(f"{tricks[0]}: is for one process, here are {self.count}; train without torchrun")
        if batch_size < LEAST_PART * self.count:
            least = LEAST_PART * self.count
            raise RecipeError(
                f"train.batch_size: {batch_size} inputs are too few for {self.count} processes; set {least} or more"
            )

    def learner(self, model: nn.Module, *, some_idle: bool) -> nn.Module:
        """The model, or what computes with it and averages its gradients over all processes.

        some_idle: parameters may be without effect in some epochs.
        """
        return model if self.count == 1 else DistributedDataParallel(model, find_unused_parameters=some_idle)

    def part(self, batch: Tensor) -> Tensor:
        """This process's of a batch's indices."""
        return batch if self.count == 1 else batch[self.rank :: self.count]

    def weighed(self, loss: Tensor, part: Tensor, batch: Tensor) -> Tensor:
        """The mean loss of a part, such that the mean over processes is that of the batch."""
        return loss if self.count == 1 else loss * (len(part) * self.count / len(batch))

    def share(self, model: nn.Module) -> None:
        """Everyone's state becomes rank 0's: running statistics and first scales were found in its part alone."""
        if self.count > 1:
            for value in model.state_dict().values():
                distributed.broadcast(value, 0)

    def total(self, value: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.count > 1:
            distributed.all_reduce(value)
        return value


def present_ranks() -> Ranks:
    """Those of the process group that `joined` made."""
    if not distributed.is_initialized():
        return Ranks()
    return Ranks(distributed.get_rank(), distributed.get_world_size())


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """Joins the processes that torchrun started with this one, if it did: gloo on the CPU, nccl on CUDA."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield Ranks()
        return
    on_cuda = device.startswith("cuda") and torch.cuda.is_available()  # if it is not, `train` says so
    if on_cuda:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if on_cuda else "gloo")
    try:
        yield present_ranks()
    finally:
        distributed.destroy_process_group()
