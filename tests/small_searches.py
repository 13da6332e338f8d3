"""A search problem that takes seconds: digits, small fully connected networks, two epochs."""

import tomllib
from typing import Any

from mcuexport.study.cost import Budget
from mcuexport.study.problem import Problem
from mcuexport.train.recipe import Data

SPACE: dict[str, Any] = tomllib.loads("""
[train]
epochs = 2
batch_size = 64
learning_rate = { low = 0.003, high = 0.03, log = true }

[networks.mlp.model]
hidden = { length = [1, 2], each = { low = 8, high = 32, step = 8 } }
norm = "batch"
format = { first = ["sym2", "sym4"], middle = "sym4", last = "sym4" }
""")


def small_problem(flash_bytes: int = 4096, ram_bytes: int = 2048, cycles: int | None = None) -> Problem:
    """On the CH32V003."""
    budget = Budget(flash_bytes, ram_bytes, cycles)
    return Problem("ch32v003", budget, Data(name="digits").model_dump(), SPACE, held_out=0.2, seed=1)
