"""What a run took: tallies by layer and by function."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from .costs import CostTable
from .instruction import MULTIPLIES, Instruction, Kind


@dataclass(frozen=True)
class Tally:
    """Counts of executed instructions; `cycles` are modelled by a cost table (an AVR's: exact), all else is exact.

    An AVR's loads, stores, branches and multiplies are not told apart and stay 0.
    loads, stores: instructions, whatever they move.  branches: taken or not, calls and returns among them.
    """

    instructions: int = 0
    cycles: int = 0
    loads: int = 0
    stores: int = 0
    branches: int = 0
    multiplies: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Misaligned:
    """An access to an address that is no multiple of its size.  where: the basic block that made it."""

    address: int
    size_bytes: int
    where: str


@dataclass(frozen=True)
class Profile:
    """One call.  layers: by index; calls without marks have one.  functions: by symbol, inlined ones in their caller.

    stack_bytes: the deepest reach below the caller's stack pointer.  misaligned: the first few, and their number.
    """

    total: Tally
    layers: tuple[Tally, ...]
    functions: dict[str, Tally]
    stack_bytes: int
    misaligned: tuple[Misaligned, ...]
    misaligned_accesses: int


def tally(block: list[Instruction], costs: CostTable, executed: int, fell_through: int) -> Tally:
    """The tally of a basic block from its two counts."""
    falling, branching = costs.block(block)
    return Tally(
        instructions=len(block) * executed,
        cycles=falling * fell_through + branching * (executed - fell_through),
        loads=executed * sum(i.kind is Kind.LOAD for i in block),
        stores=executed * sum(i.kind is Kind.STORE for i in block),
        branches=executed * sum(i.leaves for i in block),
        multiplies=executed * sum(i.kind in MULTIPLIES for i in block),
    )


def add_up(tallies: Iterable[Tally]) -> Tally:
    """The sum of tallies."""
    result = Tally()
    for one in tallies:
        result += one
    return result
