"""Requests and answers over a port that loses, changes and doubles bytes, or goes away and comes back.

A request and its answers carry a letter and a sequence number.  Whatever does not come in time is asked for again,
with growing patience; every request may be repeated, so what got lost does not matter.  Late answers to an earlier
request have its number and are dropped.
"""

import struct
import time
from collections.abc import Callable, Iterator

import serial

from ..errors import TargetError
from .frames import END, decode, encode

SEQUENCES = 256
SHORTEST_WAIT_S = 0.2
LONGEST_WAIT_S = 16.0
RECONNECT_S = 15.0
_STACK_OVERFLOW = 67  # MCX_BOARD_STACK_OVERFLOW of firmware/src/board.h


class BoardFault(TargetError):
    """A board's last words.  operators_done: of the model, at a fault; None after a run that overflowed the stack."""

    def __init__(self, port: str, reason: int, operators_done: int, address: int) -> None:
        overflowed = reason == _STACK_OVERFLOW
        what = "the stack overflowed" if overflowed else f"a fault at {address:#010x}"
        super().__init__(f"{port}: the board stopped: {what}; reset it")
        self.operators_done = None if overflowed else operators_done


class Link:
    """An open port.  `connect` opens it, again and again if need be.  name: of the port, for messages.

    resent: how many requests had to be repeated.  reconnected: how often the port came back.
    """

    def __init__(self, connect: Callable[[], serial.Serial], name: str) -> None:
        self.name = name
        self.resent = 0
        self.reconnected = 0
        self._connect = connect
        self._port = connect()
        self._sequence = 0
        self._partial = b""
        self._usual_wait_s = SHORTEST_WAIT_S

    def close(self) -> None:
        self._port.close()

    def ask(self, kind: bytes, body: bytes = b"", longest_s: float = LONGEST_WAIT_S) -> list[bytes]:
        """All answers to a request, letters and all, the last one of its own letter.

        longest_s: how long at most to wait for an answer before asking again.
        Raises TargetError if nothing comes for a long time or the port does not come back, BoardFault if the board
        stopped.
        """
        self._sequence = (self._sequence + 1) % SEQUENCES
        patience = self._usual_wait_s
        while patience < longest_s:
            begin = time.monotonic()
            answers = self._try(kind, body, begin + patience)
            if answers is not None:
                took = time.monotonic() - begin
                self._usual_wait_s = max(self._usual_wait_s, 2 * took)
                return answers
            self.resent += 1
            patience *= 2
        raise TargetError(
            f"{self.name}: no answer to {kind.decode()!r}; is our firmware on the board (mcuexport flash), "
            "the port the right one, the speed 115200 baud?"
        )

    def _try(self, kind: bytes, body: bytes, deadline: float) -> list[bytes] | None:
        try:
            self._port.write(encode(kind + bytes([self._sequence]) + body))
            return self._collect(kind, deadline)
        except (serial.SerialException, OSError):
            self._reconnect()
            return None

    def _collect(self, kind: bytes, deadline: float) -> list[bytes] | None:
        answers = []
        for content in self._frames(deadline):
            if content[:1] == b"F" and len(content) == 14:
                raise BoardFault(self.name, *struct.unpack_from("<3I", content, 2))
            if len(content) >= 2 and content[1] == self._sequence:
                answers.append(content[:1] + content[2:])
                if content[:1] == kind:
                    return answers
        return None

    def _frames(self, deadline: float) -> Iterator[bytes]:
        """What comes in whole until the deadline; a frame may come in pieces."""
        while time.monotonic() < deadline:
            self._partial += self._port.read_until(END)
            if self._partial.endswith(END):
                content, self._partial = decode(self._partial), b""
                if content is not None:
                    yield content

    def _reconnect(self) -> None:
        self._port.close()
        self._partial = b""
        deadline = time.monotonic() + RECONNECT_S
        while True:
            try:
                self._port = self._connect()
            except TargetError as error:
                if time.monotonic() > deadline:
                    raise TargetError(f"{error}; it was lost and did not come back in {RECONNECT_S:g} s") from error
                time.sleep(0.2)
                continue
            self.reconnected += 1
            return
