"""An emulated core in this process: memory, calls by the C convention, counts.

Unicorn executes; hooks.c counts each basic block; a block's cost is decoded once.  Unicorn does not police the
instruction set (`allowed.py` does) and does not fault on misaligned accesses (they are reported).
"""

import ctypes
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import unicorn
from unicorn import arm_const, riscv_const
from unicorn.unicorn_py3.unicorn import uclib

from ...errors import TargetError
from ...targets import Core
from . import decode_arm, decode_riscv
from .costs import cost_table
from .hooks import MAX_MISALIGNED, Counter, Slot, library
from .instruction import Instruction
from .profile import Misaligned, Profile, Tally, add_up, tally
from .program import CODE, DATA, STACK, Program

_PAINT = b"\xa5"
_RETURN = CODE.origin + CODE.size_bytes - 16
_ARM_MODELS = {
    "cortex-m0": arm_const.UC_CPU_ARM_CORTEX_M0,
    "cortex-m0plus": arm_const.UC_CPU_ARM_CORTEX_M0,
    "cortex-m0plus-mul32": arm_const.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3,
    "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7,
    "cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33,
    "cortex-m55": arm_const.UC_CPU_ARM_CORTEX_M33,
}
_ACCESSES = {
    unicorn.UC_MEM_READ_UNMAPPED: "read",
    unicorn.UC_MEM_WRITE_UNMAPPED: "write",
    unicorn.UC_MEM_FETCH_UNMAPPED: "fetch",
    unicorn.UC_MEM_WRITE_PROT: "write to constant memory",
    unicorn.UC_MEM_READ_PROT: "read",
    unicorn.UC_MEM_FETCH_PROT: "fetch",
}


class Machine:
    """A core with a program in its memory.

    layers: the names behind the program's marks, for messages.  alignment: report misaligned accesses, which
    makes a run some twenty times slower.
    """

    def __init__(self, program: Program, core: Core, layers: Sequence[str] = (), *, alignment: bool = False) -> None:
        self.program = program
        self.core = core
        self.layers = tuple(layers)
        self._arm = core.name.startswith("cortex")
        self._first_register = arm_const.UC_ARM_REG_R0 if self._arm else riscv_const.UC_RISCV_REG_X10
        self._costs = cost_table(core.name)
        self._blocks: dict[tuple[int, int], list[Instruction]] = {}
        self._engine = self._open()
        self._counter = Counter()
        self._bad_access = ""
        self._first_free = self._free = self._load()
        self._hook(alignment)

    def place(self, data: bytes, align: int = 4) -> int:
        """Copies `data` into free memory and returns its address.  Raises TargetError when memory is full."""
        address: int = -(-self._free // align) * align
        self._free = address + len(data)
        if self._free > DATA.origin + DATA.size_bytes:
            raise TargetError(
                f"{self.core.name}: {self._free - DATA.origin} bytes of data, the emulator has {DATA.size_bytes}"
            )
        self._engine.mem_write(address, data)
        return address

    def forget(self) -> None:
        """Frees what was placed; the program and its variables stay."""
        self._free = self._first_free

    def require_guards(self, address: int, size: int, guard: bytes) -> None:
        """Raises TargetError unless `guard` stands right before and right behind `size` bytes."""
        before, behind = self.read(address - len(guard), len(guard)), self.read(address + size, len(guard))
        if (before, behind) != (guard, guard):
            raise TargetError(f"{self.core.name}: wrote outside of the {size} bytes at {address:#010x}")

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes of memory."""
        return bytes(self._engine.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Overwrites memory, code too."""
        self._engine.mem_write(address, data)
        if CODE.origin <= address < CODE.origin + CODE.size_bytes:
            self._blocks.clear()
            self._engine.ctl_flush_tb()

    def call(self, function: str, *arguments: int, limit: int = 10**9) -> Profile:
        """Calls `function` with 32-bit arguments.

        limit: of executed 16-bit units, so of instructions at least a half of it; then it counts as endless.
        Raises TargetError for a fault or an endless run: the layer, the place, the registers.
        """
        return self._profile(self._execute(function, arguments, limit))

    def answer(self, function: str, *arguments: int, limit: int = 10**9) -> int:
        """What `function` returns, an int32; nothing is counted.  Otherwise as `call`."""
        self._execute(function, arguments, limit)
        value: int = self._engine.reg_read(self._first_register)
        return (value ^ 1 << 31) - (1 << 31)

    def _execute(self, function: str, arguments: Sequence[int], limit: int) -> int:
        """Runs until `function` returns; the stack pointer at the call."""
        counter = self._reset(limit)
        top = STACK.origin + STACK.size_bytes - 64
        self._engine.mem_write(STACK.origin, _PAINT * (top - STACK.origin))
        stack_pointer = self._pass(arguments, top)
        try:
            self._engine.emu_start(self.program.symbols[function] | self._arm, _RETURN)
        except unicorn.UcError as error:
            raise TargetError(self._fault(function, str(error))) from error
        if counter.stopped:
            raise TargetError(self._fault(function, f"no end after {counter.halfwords} units of code"))
        return stack_pointer

    def _open(self) -> unicorn.Uc:
        if not self._arm:
            return unicorn.Uc(unicorn.UC_ARCH_RISCV, unicorn.UC_MODE_RISCV32)
        engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        engine.ctl_set_cpu_model(_ARM_MODELS[self.core.name])
        return engine

    def _load(self) -> int:
        """Puts the program into memory; the first address that its variables leave free."""
        free = DATA.origin
        self._engine.mem_map(CODE.origin, CODE.size_bytes, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        for region in (DATA, STACK):
            self._engine.mem_map(region.origin, region.size_bytes, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
        for address, data in self.program.segments:
            region = DATA if DATA.origin <= address else CODE
            if address + len(data) > region.origin + region.size_bytes:
                raise TargetError(
                    f"{self.core.name}: {address + len(data) - region.origin:,} B of "
                    f"{'data' if region is DATA else 'code and constants'}, the emulator has {region.size_bytes:,}"
                )
            self._engine.mem_write(address, data)
            if DATA.origin <= address:
                free = max(free, address + len(data))
        return free

    def _hook(self, alignment: bool) -> None:
        hooks = library()
        self._add_hook(unicorn.UC_HOOK_BLOCK, hooks.count_block)
        if alignment:
            self._add_hook(unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE, hooks.check_alignment)
        self._engine.hook_add(unicorn.UC_HOOK_MEM_INVALID, self._note_access)

    def _add_hook(self, events: int, function: Any) -> None:
        """A hook in C, which Unicorn's Python binding has no way to add."""
        status = uclib.uc_hook_add(
            self._engine._uch,
            ctypes.byref(ctypes.c_size_t()),
            events,
            ctypes.cast(function, ctypes.c_void_p),
            ctypes.cast(ctypes.byref(self._counter), ctypes.c_void_p),
            ctypes.c_uint64(1),
            ctypes.c_uint64(0),
        )
        if status != unicorn.UC_ERR_OK:
            raise unicorn.UcError(status)

    def _note_access(self, _: unicorn.Uc, access: int, address: int, size: int, *__: object) -> bool:
        self._bad_access = f"{_ACCESSES.get(access, 'access')} of {size} bytes at {address:#010x}"
        return False

    def _reset(self, limit: int) -> Counter:
        counter = self._counter
        ctypes.memset(ctypes.byref(counter), 0, ctypes.sizeof(Counter))
        for i, (address, layer) in enumerate(self.program.marks):
            counter.mark_addresses[i], counter.mark_layers[i] = address, layer
        counter.marks = len(self.program.marks)
        counter.limit = limit
        counter.stop = ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p).value
        self._bad_access = ""
        return counter

    def _pass(self, arguments: Sequence[int], top: int) -> int:
        """Puts arguments where the calling convention wants them; the stack pointer at the call."""
        words = [argument & 0xFFFFFFFF for argument in arguments]
        count = 4 if self._arm else 6 if "rv32e" in self.core.name else 8
        for i, word in enumerate(words[:count]):
            self._engine.reg_write(self._first_register + i, word)
        rest = words[count:]
        stack_pointer = (top - 4 * len(rest)) & ~15
        self._engine.mem_write(stack_pointer, struct.pack(f"<{len(rest)}I", *rest))
        if self._arm:
            self._engine.reg_write(arm_const.UC_ARM_REG_SP, stack_pointer)
            self._engine.reg_write(arm_const.UC_ARM_REG_LR, _RETURN | 1)
        else:
            self._engine.reg_write(riscv_const.UC_RISCV_REG_SP, stack_pointer)
            self._engine.reg_write(riscv_const.UC_RISCV_REG_RA, _RETURN)
        return stack_pointer

    def _block(self, address: int, size: int) -> list[Instruction]:
        """The instructions of a basic block, decoded once."""
        if (address, size) not in self._blocks:
            decode = decode_arm.decode if self._arm else decode_riscv.decode
            block = list(decode(self.read(address, size), address))
            if sum(i.size for i in block) != size:
                raise TargetError(f"{self.core.name}: cannot decode the code at {self.program.place(address)}")
            self._blocks[address, size] = block
        return self._blocks[address, size]

    def _profile(self, stack_pointer: int) -> Profile:
        counter = self._counter
        layers: dict[int, list[Tally]] = {}
        functions: dict[str, list[Tally]] = {}
        for slot in self._used_slots():
            for layer, block in self._by_layer(self._block(slot.address, slot.size), slot.layer):
                whole = block[-1].address + block[-1].size == slot.address + slot.size
                fell_through = slot.fell_through if whole else slot.executed
                one = tally(block, self._costs, slot.executed, fell_through)
                layers.setdefault(layer, []).append(one)
                functions.setdefault(self.program.function(slot.address), []).append(one)
        by_layer = tuple(add_up(layers.get(i, [])) for i in range(max(layers, default=0) + 1))
        return Profile(
            total=add_up(by_layer),
            layers=by_layer,
            functions={name: add_up(parts) for name, parts in sorted(functions.items())},
            stack_bytes=self._stack_bytes(stack_pointer),
            misaligned=self._misaligned(),
            misaligned_accesses=counter.misaligned,
        )

    def _used_slots(self) -> list[Slot]:
        sizes = np.ctypeslib.as_array(self._counter.slots)["size"]
        return [self._counter.slots[int(i)] for i in np.flatnonzero(sizes)]

    def _by_layer(self, block: list[Instruction], layer: int) -> list[tuple[int, list[Instruction]]]:
        """A block cut at the marks in it."""
        ends = dict(self.program.marks)
        parts: list[tuple[int, list[Instruction]]] = []
        for instruction in block:
            if instruction.address in ends:
                layer = ends[instruction.address] + 1
            if not parts or parts[-1][0] != layer:
                parts.append((layer, []))
            parts[-1][1].append(instruction)
        return parts

    def _stack_bytes(self, stack_pointer: int) -> int:
        below = self.read(STACK.origin, stack_pointer - STACK.origin)
        return len(below.lstrip(_PAINT))

    def _misaligned(self) -> tuple[Misaligned, ...]:
        counter = self._counter
        return tuple(
            Misaligned(
                counter.misaligned_address[i],
                counter.misaligned_size[i],
                self.program.place(counter.misaligned_block[i]),
            )
            for i in range(min(counter.misaligned, MAX_MISALIGNED))
        )

    def _fault(self, function: str, reason: str) -> str:
        """The message of a run that went wrong."""
        counter = self._counter
        layer = self.layers[counter.layer] if counter.layer < len(self.layers) else ""
        registers = ", ".join(f"{name}={value:#010x}" for name, value in self._registers().items())
        block = counter.slots[counter.current - 1].address if counter.current else 0
        where = f"{function} on {self.core.name}"
        within = f" in layer {layer}" if layer else ""
        return f"{where}: stopped{within} at {self.program.place(block)}: {self._bad_access or reason} ({registers})"

    def _registers(self) -> dict[str, int]:
        if self._arm:
            names = {f"r{i}": arm_const.UC_ARM_REG_R0 + i for i in range(13)}
            names |= {"sp": arm_const.UC_ARM_REG_SP, "lr": arm_const.UC_ARM_REG_LR, "pc": arm_const.UC_ARM_REG_PC}
        else:
            names = {f"x{i}": riscv_const.UC_RISCV_REG_X0 + i for i in range(1, 16)}
            names["pc"] = riscv_const.UC_RISCV_REG_PC
        return {name: self._engine.reg_read(register) for name, register in names.items()}
