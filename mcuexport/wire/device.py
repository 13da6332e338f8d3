"""What the firmware in firmware/serial/ answers, as Python: hello, self-test, inputs, runs, outputs."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..errors import TargetError
from .frames import CRC_BYTES, MOST_BYTES
from .link import Link
from .ports import open_port

VERSION = 2
HELLO_S = 4.0  # no board takes longer to say who it is
# Letter, sequence number, count, offset; numbers of 1, 1, 2 and 4 bytes, low byte first.
HEAD_BYTES = 8
CHUNK_BYTES = MOST_BYTES - HEAD_BYTES - CRC_BYTES
FIGURES = struct.Struct("<IIHH")  # cycles, CRC, index or count of layers, stack


@dataclass(frozen=True)
class Welcome:
    """What a board says of itself."""

    input_bytes: int
    output_size: int
    clock_hz: int
    model_hash: str
    board: str


@dataclass(frozen=True)
class LayerRun:
    """index: of the graph's node whose result now exists whole.  crc: of that result."""

    index: int
    cycles: int
    crc: int


@dataclass(frozen=True)
class ModelRun:
    """cycles: of `<name>_run`, with the sending of traces in it.  layers: empty if they were not asked for."""

    outputs: NDArray[np.int32]
    cycles: int
    stack_bytes: int
    layers: tuple[LayerRun, ...]


@contextmanager
def connected(port: str) -> Iterator["Device"]:
    """The board at a port, until the block ends.  Raises TargetError if there is none."""
    link = Link(partial(open_port, port), port)
    try:
        yield Device(link)
    finally:
        link.close()


class Device:
    """A model on a board, at the other end of `link`."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.welcome = self._hello()

    def _hello(self) -> Welcome:
        answer = self.link.ask(b"H", longest_s=HELLO_S)[-1]
        if len(answer) < 17 or struct.unpack_from("<I", answer, 1) != (VERSION,):
            raise self._of_another_version()
        input_bytes, output_size, clock_hz = struct.unpack_from("<3I", answer, 5)
        model_hash, _, board = answer[17:].rstrip(b"\0").decode("ascii", "replace").partition(" ")
        return Welcome(input_bytes, output_size, clock_hz, model_hash, board)

    def selftest(self) -> int | None:
        """What `<name>_selftest` says; None where it was left out, for the flash it takes."""
        answer = self.link.ask(b"S")[-1]
        return int(struct.unpack_from("<i", answer, 1)[0]) if len(answer) == 5 else None

    def run(self, sample: bytes, *, traced: bool) -> ModelRun:
        """One inference.  If the board was reset since it got its input, it says so, and gets it again."""
        while True:
            self._write(sample)
            *traces, last = self.link.ask(b"R", _arguments(traced, zlib.crc32(sample)))
            if len(last) == 1:
                continue  # the input was lost
            cycles, crc, told, stack_bytes = self._figures(last)
            layers = tuple(_layer(*self._figures(trace)) for trace in traces if trace[:1] == b"L")
            outputs = self._read(4 * self.welcome.output_size)
            if zlib.crc32(outputs) == crc and len(layers) == told:
                return ModelRun(np.frombuffer(outputs, "<i4").astype(np.int32), cycles, stack_bytes, layers)

    def _write(self, sample: bytes) -> None:
        for offset in range(0, len(sample), CHUNK_BYTES):
            chunk = sample[offset : offset + CHUNK_BYTES]
            self.link.ask(b"W", _arguments(len(chunk), offset) + chunk)

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.link.ask(b"O", _arguments(min(CHUNK_BYTES, count - len(data)), len(data)))[-1][1:]
            if not more:
                raise TargetError(f"{self.link.name}: the board has fewer outputs than it says")
            data += more
        if len(data) > count:
            raise self._of_another_version()
        return data

    def _figures(self, answer: bytes) -> tuple[int, int, int, int]:
        if len(answer) != 1 + FIGURES.size:
            raise self._of_another_version()
        cycles, crc, index, stack_bytes = FIGURES.unpack_from(answer, 1)
        return cycles, crc, index, stack_bytes

    def _of_another_version(self) -> TargetError:
        return TargetError(f"{self.link.name}: firmware of another version; flash it again")


def _arguments(count: int, argument: int) -> bytes:
    return struct.pack("<HI", count, argument)


def _layer(cycles: int, crc: int, index: int, _: int) -> LayerRun:
    return LayerRun(index, cycles, crc)
