"""A decoded machine instruction, as much of it as costs depend on."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What an instruction does, in the classes that the cost tables distinguish."""

    ALU = "alu"
    MULTIPLY = "multiply"
    MULTIPLY_ADD = "multiply_add"
    MULTIPLY_LONG = "multiply_long"
    DIVIDE = "divide"
    LOAD = "load"
    STORE = "store"
    BRANCH = "branch"
    CALL = "call"


MULTIPLIES = (Kind.MULTIPLY, Kind.MULTIPLY_ADD, Kind.MULTIPLY_LONG)


@dataclass(frozen=True)
class Instruction:
    """One instruction.

    registers: how many a load or store moves, 0 for a single one that is no LDM, STM, PUSH or POP.
    target: the register a load writes.  address_registers: those that a load or store adds up.
    indexed: its offset is a register.  leaves: it can change the flow of control.
    """

    address: int
    size: int
    mnemonic: str
    operands: str
    kind: Kind
    registers: int = 0
    target: str = ""
    address_registers: tuple[str, ...] = ()
    indexed: bool = False
    leaves: bool = False
