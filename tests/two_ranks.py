"""Run by torchrun: trains one model in every process and prints what each holds at the end, and a gradient."""

import hashlib
import json
import sys
from pathlib import Path

import torch
from torch import nn

from mcuexport.train.loop import train
from mcuexport.train.ranks import joined
from mcuexport.train.recipe_files import validated


def gradient(rank_of: object, batch: torch.Tensor) -> list[float]:
    """Of the mean of w . x over a batch, by the parts of all processes."""
    from mcuexport.train.ranks import Ranks

    assert isinstance(rank_of, Ranks)
    model = nn.Linear(3, 1, bias=False)
    learner = rank_of.learner(model, some_idle=False)
    part = rank_of.part(torch.arange(len(batch)))
    rank_of.weighed(learner(batch[part]).mean(), part, batch).backward()
    assert model.weight.grad is not None
    return [float(value) for value in model.weight.grad.reshape(-1)]


with joined("cpu") as ranks:
    folder = Path(sys.argv[1])
    values = {
        "train": {"epochs": 2, "batch_size": 64, "average": 0.9},
        "augment": {"shift": 0.05},
    }
    trained = train(validated(values, "two ranks"), run_dir=folder / "run")
    state = b"".join(value.numpy().tobytes() for value in trained.model.state_dict().values())
    found = {
        "state": hashlib.sha256(state).hexdigest(),
        "losses": [metrics.loss for metrics in trained.metrics],
        "gradient": gradient(ranks, torch.arange(24.0).reshape(8, 3)),
        "count": ranks.count,
    }
    (folder / f"{ranks.rank}.json").write_text(json.dumps(found))
