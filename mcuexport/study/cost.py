"""What a network will take of a chip, before it is trained: from its C, generated, compiled and counted.

All figures are of one build, gcc -Os: a chip has only one.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from ..checkpoint import Checkpoint, checkpoint_data
from ..choice import choose
from ..codegen import generate
from ..cycles import measure_cycles
from ..emulate import model_sizes
from ..graph import Graph
from ..kernels import Kernel
from ..lower import lower
from ..ops import IntArray
from ..report import report
from ..targets import Core
from ..train.batches import real_values
from ..train.data import Dataset
from ..train.loop import build_model
from ..train.recipe import Recipe
from ..train.trace import trace
from ..train.tricks.clip import quantized_layers

GOALS = ("balanced", "size", "speed")
WARM_UP_STEPS, WARM_UP_SAMPLES = 20, 64


@dataclass(frozen=True)
class Cost:
    """flash_bytes: weights, constants and code, as `pack` prints them.  ram_bytes: scratch, stack, one input and the
    outputs.  optimize: the goal that the kernels were chosen for.  at_least: only bounds from below, which suffice.
    """

    flash_bytes: int
    ram_bytes: int
    cycles: int
    scratch_bytes: int = 0
    stack_bytes: int = 0
    optimize: str = GOALS[0]
    at_least: bool = False

    @property
    def as_data(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Budget:
    """What a network may take; cycles: of one inference, None for as many as it likes."""

    flash_bytes: int
    ram_bytes: int
    cycles: int | None = None

    def excess(self, cost: Cost) -> tuple[float, float, float]:
        """By how much a cost is beyond the budget, as parts of it; 0 and below: within."""
        cycles = -1.0 if self.cycles is None else cost.cycles / self.cycles - 1
        return cost.flash_bytes / self.flash_bytes - 1, cost.ram_bytes / self.ram_bytes - 1, cycles

    def admits(self, cost: Cost) -> bool:
        return max(self.excess(cost)) <= 0


def untrained_cost(recipe: Recipe, data: Dataset, target: Core, budget: Budget, *, exact: bool = False) -> Cost:
    """The cost of a recipe's network with its first weights, by the first goal of `GOALS` that the budget admits;
    where none is, the nearest.

    A network whose weights alone are too large is not compiled, unless `exact`.
    Raises RecipeError, GraphError for a network that cannot be; ToolMissing.
    """
    model = build_model(recipe, data)
    least = Cost(weight_bytes(model), data.inputs + 4 * len(data.labels), 0, at_least=True)
    if not exact and not budget.admits(least):
        return least
    checkpoint = _checkpoint(model, data)
    graph = lower(checkpoint)
    nearest: Cost | None = None
    for goal in _goals(budget):
        cost = graph_cost(graph, checkpoint.examples, target, goal)
        if budget.admits(cost):
            return cost
        if nearest is None or max(budget.excess(cost)) < max(budget.excess(nearest)):
            nearest = cost
    assert nearest is not None
    return nearest


def _goals(budget: Budget) -> Iterator[str]:
    yield from GOALS if budget.cycles is not None else GOALS[:2]


def graph_cost(graph: Graph, x: IntArray, target: Core, goal: str) -> Cost:
    """With the kernels that `pack --optimize goal` chooses; cycles of the slowest of the inputs x."""
    return _built(graph, x, target, goal, choose(graph, target, x, goal).kernels)


def _built(graph: Graph, x: IntArray, target: Core, goal: str, kernels: dict[str, Kernel]) -> Cost:
    generated = generate(graph, target, "net", x[:1], kernels=kernels)
    flash = report(graph, generated, model_sizes(generated.sources, "net", target), target.name).flash_bytes
    assert flash is not None
    counted = measure_cycles(graph, target, x, kernels, optimize="-Os")
    scratch, stack = counted.scratch_bytes, counted.stack_bytes
    ends = graph.input.type.bytes + graph.types[graph.output].bytes
    return Cost(flash, scratch + stack + ends, counted.total.cycles, scratch, stack, goal)


def weight_bytes(model: nn.Module) -> int:
    """The least that the words of a network's weights can take."""
    return int(sum(layer.weight.numel() * layer.quantizer.format.stored_bits / 8 for layer in quantized_layers(model)))


def _checkpoint(model: nn.Module, data: Dataset) -> Checkpoint:
    """Of a model whose norms and ranges have seen some training inputs; it is in eval mode afterwards."""
    x = real_values(torch.from_numpy(data.train_x[:WARM_UP_SAMPLES]), data)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model.train()
        for _ in range(WARM_UP_STEPS):
            model(x)
    return checkpoint_of(model.eval(), data)


def checkpoint_of(model: nn.Module, data: Dataset) -> Checkpoint:
    """What `save` would write of a model for these data, the first training inputs its examples."""
    examples = real_values(torch.from_numpy(data.train_x[:2]), data)
    made = checkpoint_data(
        trace(model, "net"),
        examples,
        name="net",
        input_scale=data.scale,
        input_zero_point=data.zero_point,
        input_dtype=data.train_x.dtype.name,
    )
    return Checkpoint(made)
