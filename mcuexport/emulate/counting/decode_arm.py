"""Thumb instructions, decoded by capstone."""

from collections.abc import Iterator

import capstone
from capstone import arm

from .instruction import Instruction, Kind

_CONDITIONS = ("eq", "ne", "hs", "cs", "lo", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")
_BRANCHES = {"b", "bx", "cbz", "cbnz", "tbb", "tbh"} | {f"b{condition}" for condition in _CONDITIONS}
_CALLS = {"bl", "blx"}
_MULTIPLE = ("ldm", "stm", "push", "pop")
_MULTIPLY_ADD = ("mla", "mls", "smla", "smls")
_MULTIPLY_LONG = ("umull", "smull", "umlal", "smlal", "umaal")
_MULTIPLY = ("mul", "smul", "smu")


def _decoder() -> capstone.Cs:
    decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    decoder.detail = True
    return decoder


_DECODER = _decoder()


def decode(code: bytes, address: int) -> Iterator[Instruction]:
    """The Thumb instructions of `code`, which lies at `address`; ends early at one that cannot be decoded."""
    for raw in _DECODER.disasm(code, address):
        yield _instruction(raw)


def _instruction(raw: capstone.CsInsn) -> Instruction:
    name = raw.mnemonic.partition(".")[0]
    kind = _kind(name)
    memory = [operand.mem for operand in raw.operands if operand.type == arm.ARM_OP_MEM]
    used = [register for mem in memory for register in (mem.base, mem.index) if register]
    first = raw.operands[0].reg if raw.operands and raw.operands[0].type == arm.ARM_OP_REG else 0
    _, written = raw.regs_access()
    return Instruction(
        address=raw.address,
        size=raw.size,
        mnemonic=raw.mnemonic,
        operands=raw.op_str,
        kind=kind,
        registers=_registers(name, raw),
        target=raw.reg_name(first) if kind is Kind.LOAD and memory and first else "",
        address_registers=tuple(raw.reg_name(register) for register in used),
        indexed=any(mem.index for mem in memory),
        leaves=kind in (Kind.BRANCH, Kind.CALL) or arm.ARM_REG_PC in written,
    )


def _kind(name: str) -> Kind:
    if name in _CALLS:
        return Kind.CALL
    if name in _BRANCHES:
        return Kind.BRANCH
    if name.startswith(("ld", "pop")):
        return Kind.LOAD
    if name.startswith(("st", "push")):
        return Kind.STORE
    if name.startswith(("udiv", "sdiv")):
        return Kind.DIVIDE
    if name.startswith(_MULTIPLY_LONG):
        return Kind.MULTIPLY_LONG
    if name.startswith(_MULTIPLY_ADD):
        return Kind.MULTIPLY_ADD
    return Kind.MULTIPLY if name.startswith(_MULTIPLY) else Kind.ALU


def _registers(name: str, raw: capstone.CsInsn) -> int:
    if name.startswith(("ldrd", "strd")):
        return 2
    if not name.startswith(_MULTIPLE):
        return 0
    return len(raw.operands) - (0 if name.startswith(("push", "pop")) else 1)
