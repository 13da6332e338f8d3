"""RV32 instructions with the compressed ones, decoded by capstone."""

from collections.abc import Iterator

import capstone

from .instruction import Instruction, Kind

_LOADS = {"lb", "lbu", "lh", "lhu", "lw", "lwsp"}
_STORES = {"sb", "sh", "sw", "swsp"}
_BRANCHES = {"beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "bltz", "bgez", "blez", "bgtz"}
_BRANCHES |= {"ble", "bgt", "bleu", "bgtu", "j", "jr", "ret"}
_CALLS = {"jal", "jalr"}


def _decoder() -> capstone.Cs:
    decoder = capstone.Cs(capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV32 | capstone.CS_MODE_RISCVC)
    return decoder


_DECODER = _decoder()


def decode(code: bytes, address: int) -> Iterator[Instruction]:
    """The instructions of `code`, which lies at `address`; ends early at one that cannot be decoded."""
    for at, size, mnemonic, operands in _DECODER.disasm_lite(code, address):
        kind = _kind(mnemonic.removeprefix("c."))
        leaves = kind in (Kind.BRANCH, Kind.CALL)
        yield Instruction(at, size, mnemonic, operands, kind, leaves=leaves)


def _kind(name: str) -> Kind:
    if name in _LOADS:
        return Kind.LOAD
    if name in _STORES:
        return Kind.STORE
    if name in _BRANCHES:
        return Kind.BRANCH
    if name in _CALLS:
        return Kind.CALL
    if name.startswith("mul"):
        return Kind.MULTIPLY
    return Kind.DIVIDE if name.startswith(("div", "rem")) else Kind.ALU
