"""Which kernel each layer gets: by exact bytes and modelled cycles, not by rules of thumb.

The candidates differ in speed, in code, in the layout and so the bytes of the weights, and in what zeros among
the inputs save.  The cycles of a step of the C do not depend on the other steps' kernels, so the model is counted
once per kind of kernel.  Code does: a kernel is there once for all layers that use it, so sets of kinds are compiled.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from .codegen import generate, packed, weighted_calls
from .cycles import measure_cycles
from .emulate import model_sizes
from .emulate.counting import COUNTED
from .errors import DoesNotFit, ToolMissing
from .graph import Graph
from .kernels import KINDS, Kernel, candidates
from .ops import Constant, IntArray, Weights
from .report import report
from .schedule import stages
from .targets import Core

GOALS = ("balanced", "size", "speed")
Fits = Callable[["Choice"], bool]
Kinds = tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A step of the C with one kind of kernel: (node, kernel) each; the bytes of the step's weights; its cycles."""

    kind: str
    kernels: tuple[tuple[str, Kernel], ...]
    bytes: int
    cycles: int


@dataclass(frozen=True)
class Step:
    """A step of the C that reads weights, and the candidates for it."""

    layers: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Way:
    """The steps of a schedule, the sets of kinds of kernels that are possible in them, and the cycles of all else."""

    steps: tuple[Step, ...]
    sets_of_kinds: tuple[Kinds, ...]
    other_cycles: int


@dataclass(frozen=True)
class Choice:
    """chosen: one candidate of each step.  flash_bytes, cycles, stack_bytes: of the whole model with these.

    rows: its depthwise layers are made row by row, which is less code than by planes.
    """

    steps: tuple[Step, ...]
    chosen: tuple[Candidate, ...]
    flash_bytes: int
    cycles: int
    stack_bytes: int = 0
    rows: bool = False

    @property
    def kernels(self) -> dict[str, Kernel]:
        """By node, for `generate`."""
        pairs = (pair for candidate in self.chosen for pair in candidate.kernels)
        return {node: replace(kernel, rows=self.rows) for node, kernel in pairs}

    def rank(self, goal: str) -> tuple[int, int]:
        """Lower is better."""
        if goal == "balanced":
            return self.flash_bytes * self.cycles, self.cycles
        return (self.flash_bytes, self.cycles) if goal == "size" else (self.cycles, self.flash_bytes)

    def choosing(self, chosen: tuple[Candidate, ...]) -> "Choice":
        """The same with other candidates, taken to need the same code."""
        more_bytes = sum(c.bytes for c in chosen) - sum(c.bytes for c in self.chosen)
        more_cycles = sum(c.cycles for c in chosen) - sum(c.cycles for c in self.chosen)
        return replace(self, chosen=chosen, flash_bytes=self.flash_bytes + more_bytes, cycles=self.cycles + more_cycles)


def default_choice(graph: Graph, core: Core, x: IntArray, fits: Fits | None = None) -> Choice | None:
    """The balanced one; None, for the usual kernels, if the core cannot be counted or its compiler is not there."""
    if core.name not in COUNTED:
        return None
    try:
        return choose(graph, core, x, "balanced", fits)
    except ToolMissing:
        return None


def choose(graph: Graph, core: Core, x: IntArray, goal: str, fits: Fits | None = None) -> Choice:
    """The kernels for `graph` on `core` that are best for `goal`.

    size: least flash, code at -Os as in `report`.  speed: fewest cycles, at -O2 as in `measure_cycles`, for the
    slowest of the inputs x (n, *shape), whose share of zeros is taken for typical.  balanced: the least product
    of the two.  fits: what a choice has to pass; the next best is taken if it does not.
    Raises TargetError if the core cannot be counted, DoesNotFit if no choice passes, ToolMissing.
    """
    schedules = _ways(graph, core, x)

    def compiled(choice: Choice) -> Choice:
        generated = generate(graph, core, "net", x[:1], kernels=choice.kernels)
        flash = report(graph, generated, model_sizes(generated.sources, "net", core), core.name).flash_bytes
        assert flash is not None
        return replace(choice, flash_bytes=flash)

    def exact(way: Way, chosen: tuple[Candidate, ...]) -> Choice:
        cycles = way.other_cycles + sum(candidate.cycles for candidate in chosen)
        return compiled(Choice(way.steps, chosen, 0, cycles))

    def counted(choice: Choice) -> Choice:
        found = measure_cycles(graph, core, x, choice.kernels)
        return replace(choice, cycles=found.total.cycles, stack_bytes=found.stack_bytes)

    def orders(best: Choice) -> list[Choice]:
        """A choice by planes, and by rows if that makes a difference."""
        units = generate(graph, core, "net", x[:1], kernels=best.kernels).units
        differs = any(stage.planes or stage.planar for stage in stages(units))
        return [counted(best), *([counted(compiled(replace(best, rows=True)))] if differs else [])]

    def finalists(goal: str) -> Iterator[Choice]:
        """The best of each set of kinds, as far as one compilation for each tells, the best first."""
        found = []
        for way in schedules:
            for kinds in way.sets_of_kinds:
                fastest, *others = _assignments(way.steps, kinds)
                known = exact(way, fastest)
                likely = min([known, *map(known.choosing, others)], key=lambda choice: choice.rank(goal))
                found.append(known if likely is known else exact(way, likely.chosen))
        yield from sorted(found, key=lambda choice: choice.rank(goal))

    for goal_then in dict.fromkeys((goal, "size")):
        for best in finalists(goal_then):
            for choice in sorted(orders(best), key=lambda order: order.rank(goal_then)):
                if fits is None or fits(choice):
                    return choice
    raise DoesNotFit(f"{graph.name}: too large with any of its kernels for {core.name}")


def _ways(graph: Graph, core: Core, x: IntArray) -> list[Way]:
    """One for portable kernels, which go with no others: they may run by another schedule, and so in other steps."""
    others, other_cycles = _steps(graph, core, x, [kind for kind in KINDS if kind != "portable"])
    portable, more_cycles = _steps(graph, core, x, ["portable"])
    ways = [Way(_beside(others, portable), tuple(_sets_of_kinds(others)), other_cycles)]
    return [*ways, Way(_beside(portable, others), (("portable",),), more_cycles)] if portable else ways


def _beside(steps: Sequence[Step], others: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with the candidates of others of the same layers, in the order of kinds."""
    more = {step.layers: step.candidates for step in others}

    def merged(step: Step) -> Step:
        every = sorted((*step.candidates, *more.get(step.layers, ())), key=lambda c: KINDS.index(c.kind))
        return replace(step, candidates=tuple(every))

    return tuple(merged(step) for step in steps)


def _steps(graph: Graph, core: Core, x: IntArray, kinds: Sequence[str]) -> tuple[tuple[Step, ...], int]:
    """The steps with weights, counted with each of these kinds of kernel; and the cycles of all else."""
    calls = weighted_calls(graph, core, portable="portable" in kinds)
    of_node = {node: candidates(f"mcx_{call.kernel}", core.families) for node, call in calls.items()}
    found: dict[str, list[Candidate]] = {}
    other_cycles = 0
    for kind in [kind for kind in kinds if any(kind in kernels for kernels in of_node.values())]:
        kernels = {node: of_kind.get(kind, of_kind["usual"]) for node, of_kind in of_node.items()}
        counted = measure_cycles(graph, core, x, kernels)
        for layer in counted.layers:
            nodes = [node for node in layer.nodes if node in calls]
            if any(kind in of_node[node] for node in nodes):
                bytes_ = sum(_weight_bytes(calls[node].constants.values(), kernels[node]) for node in nodes)
                pairs = tuple((node, kernels[node]) for node in nodes)
                found.setdefault(layer.layers, []).append(Candidate(kind, pairs, bytes_, layer.cycles))
        if kind == kinds[0]:
            other_cycles = counted.total.cycles - sum(step[0].cycles for step in found.values())
    return tuple(Step(layers, tuple(list_)) for layers, list_ in found.items()), other_cycles


def _weight_bytes(constants: Iterable[Constant], kernel: Kernel) -> int:
    return sum(packed(weights, kernel.layout).nbytes for weights in constants if isinstance(weights, Weights))


def _sets_of_kinds(steps: Sequence[Step]) -> Iterator[Kinds]:
    """Not both the usual and the plain kernels, whose names are the same."""
    kinds = list(dict.fromkeys(candidate.kind for step in steps for candidate in step.candidates))
    for count in range(min(1, len(kinds)), len(kinds) + 1):
        for chosen in combinations(kinds, count):
            if not {"usual", "plain"} <= set(chosen):
                yield chosen


def _assignments(steps: Sequence[Step], kinds: Kinds) -> list[tuple[Candidate, ...]]:
    """Ways to choose among `kinds` (where a step has none of them, its usual one), the fastest first.

    Those that minimize bytes + rate * cycles for some rate; the least product of two sums is among them.
    """
    options = [
        [candidate for candidate in step.candidates if candidate.kind in kinds] or [step.candidates[0]]
        for step in steps
    ]
    rates = {
        Fraction(b.bytes - a.bytes, a.cycles - b.cycles)
        for step in options
        for a, b in combinations(step, 2)
        if (b.bytes - a.bytes) * (a.cycles - b.cycles) > 0
    }
    fastest = tuple(min(step, key=lambda c: (c.cycles, c.bytes)) for step in options)
    smallest = tuple(min(step, key=lambda c: (c.bytes, c.cycles)) for step in options)
    at_rates = [
        tuple(min(step, key=lambda c: (c.bytes + rate * c.cycles, c.bytes)) for step in options)
        for rate in sorted(rates, reverse=True)
    ]
    return list(dict.fromkeys([fastest, *at_rates, smallest]))
