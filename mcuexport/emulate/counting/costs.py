"""Cycles from instructions: a table per pipeline, `costs.toml`, and the rule that applies it to a basic block.

The model: zero wait states, no prefetch effects, no bus contention.  An instruction that an IT block skips is
counted, and charged like one that runs.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from ...errors import TargetError
from .instruction import Instruction, Kind


@dataclass(frozen=True)
class CostTable:
    """Cycles by kind of instruction; `costs.toml` says what each field means, and `source` where it comes from."""

    source: str
    alu: int
    multiply: int
    multiply_add: int
    multiply_long: int
    divide: int
    load: int
    load_next: int
    store: int
    store_indexed: int
    multiple: int
    taken: int
    call: int
    pop_pc: int

    def block(self, instructions: Sequence[Instruction]) -> tuple[int, int]:
        """Cycles of a basic block that falls through, and of one whose last instruction branches."""
        before: Instruction | None = None
        cycles = 0
        for instruction in instructions:
            cost = self._cost(instruction, before)
            cycles += cost
            before = instruction
        last = instructions[-1]
        return cycles, cycles - cost + self._taken(last, cost)

    def _cost(self, instruction: Instruction, before: Instruction | None) -> int:
        """Cycles of an instruction that does not branch."""
        if instruction.registers:
            return self.multiple + instruction.registers
        after_load = before is not None and before.kind is Kind.LOAD and before.target != ""
        if instruction.kind is Kind.LOAD:
            pipelined = after_load and before is not None and before.target not in instruction.address_registers
            return self.load_next if pipelined else self.load
        if instruction.kind is Kind.STORE:
            return self.store_indexed if instruction.indexed and not after_load else self.store
        if instruction.kind in (Kind.BRANCH, Kind.CALL):
            return 1
        return int(getattr(self, instruction.kind.value))

    def _taken(self, instruction: Instruction, cost: int) -> int:
        """Cycles of the last instruction if it branches."""
        if not instruction.leaves:
            return cost
        if instruction.kind is Kind.CALL:
            return self.call
        return cost + self.pop_pc if instruction.kind is Kind.LOAD else self.taken


def _read_tables() -> dict[str, CostTable]:
    text = (files(__package__) / "costs.toml").read_text("utf-8")
    return {name: CostTable(**section) for name, section in tomllib.loads(text).items()}


COST_TABLES = _read_tables()

# Cores without a table of their own take that of a simpler relative, which says how much work there is, not
# how fast a dual-issue pipeline or a cache gets through it.
CORE_COSTS = {
    "cortex-m7": "cortex-m4",
    "cortex-m33": "cortex-m4",
    "cortex-m55": "cortex-m4",
    "rv32ec": "rv32",
    "rv32emc": "rv32",
    "rv32imc": "rv32",
    "rv32imac": "rv32",
}


# The cores whose cycles can be told.
COUNTED = frozenset(CORE_COSTS) | frozenset(COST_TABLES)


def cost_table(core_name: str) -> CostTable:
    """The table of a core.  Raises TargetError for a core that has none."""
    table = COST_TABLES.get(CORE_COSTS.get(core_name, core_name))
    if table is None:
        raise TargetError(
            f"{core_name} has no cost table, so it cannot be counted (those that have: {', '.join(COST_TABLES)})"
        )
    return table
