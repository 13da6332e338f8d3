"""Flips the bits of a program in emulated flash one by one, and asks its self-test each time.

python tests/flips.py prints what the self-test finds of flipped bits in code: the figures of docs/security.md.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from networks import checkpoint_of, like_trained

from mcuexport.checkpoint import Checkpoint, load
from mcuexport.codegen import generate
from mcuexport.emulate.counting import Machine, link
from mcuexport.errors import TargetError
from mcuexport.lower import lower
from mcuexport.targets import core

LIMIT = 1_000_000  # code units; the self-test of the small network takes 50,000
FAULT = "fault or endless"


class Flash:
    """The self-test of a checkpoint and all that it calls, linked for a core as `pack --core` writes it.

    code, constants: (address, bytes).
    """

    def __init__(self, checkpoint: Checkpoint, core_name: str) -> None:
        self.core = core(core_name)
        self.made = generate(lower(checkpoint), self.core, "net", checkpoint.examples)
        self.program = link(self.made.sources, self.core, optimize="-Os", keep=["net_selftest"])
        self.code, self.constants = self.program.segments
        self.power_up()

    def power_up(self) -> None:
        self.machine = Machine(self.program, self.core)
        self.scratch = self.machine.place(bytes(self.made.plan.scratch_bytes), align=8)

    def selftest(self) -> int | str:
        """Its verdict; FAULT if it does not come to one, which only a new start ends."""
        try:
            return self.machine.answer("net_selftest", self.scratch, limit=LIMIT)
        except TargetError:
            self.power_up()
            return FAULT

    def verdicts(self, segment: tuple[int, bytes]) -> Iterator[tuple[int, int | str]]:
        """Address and verdict for each flipped bit; every flip is undone."""
        address, content = segment
        for at, byte in enumerate(content, address):
            for bit in range(8):
                self.machine.write(at, bytes([byte ^ 1 << bit]))
                yield at, self.selftest()
            self.machine.write(at, bytes([byte]))


def main() -> None:
    with TemporaryDirectory() as folder:
        if sys.argv[1:]:
            checkpoint = load(sys.argv[1])
        else:
            checkpoint = checkpoint_of(
                *like_trained((8, 8, 1), [6], 10, zero_point=0, scale=1 / 16), Path(folder) / "m"
            )
        for name in ("cortex-m0", "rv32imc"):
            flash = Flash(checkpoint, name)
            for part in ("constants", "code"):
                told = Counter(verdict for _, verdict in flash.verdicts(getattr(flash, part)))
                print(name, part, sum(told.values()), dict(told))


if __name__ == "__main__":
    main()
