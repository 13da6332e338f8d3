"""A line between a program and a board that flips, drops and doubles bytes, and breaks off now and then."""

import random
import socket
import threading
from contextlib import suppress


class NoisyLine:
    """Listens for the program; `to` connects it with a board's socket, or with another one later.

    noise: how likely each byte is to be hurt.  breaks: after how many bytes from the board the program's connection
    is closed, once.
    """

    def __init__(self, noise: float = 0.0, breaks: int | None = None, seed: int = 1) -> None:
        self.hurt = 0
        self.broken = 0
        self._noise, self._breaks = noise, breaks
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._program: socket.socket | None = None
        self._board: socket.socket | None = None
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def to(self, url: str) -> None:
        host, port = url.removeprefix("socket://").split(":")
        if self._board is not None:
            self._board.close()
        self._board = socket.create_connection((host, int(port)))
        self._board.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._from_board, args=(self._board,), daemon=True).start()

    def close(self) -> None:
        _end(self._listener)
        self._accepting.join()  # who is just being accepted is closed, too
        for end in (self._program, self._board):
            if end is not None:
                _end(end)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                program, _ = self._listener.accept()
                program.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._program = program
                threading.Thread(target=self._from_program, args=(program,), daemon=True).start()

    def _from_program(self, program: socket.socket) -> None:
        with suppress(OSError):
            while data := program.recv(4096):
                if self._board is not None:
                    self._board.sendall(self._pass(data))

    def _from_board(self, board: socket.socket) -> None:
        while True:
            try:
                data = board.recv(4096)
            except OSError:
                return
            if not data:
                return
            if self._breaks is not None:
                self._breaks -= len(data)
                if self._breaks < 0 and self._program is not None:
                    self._program.shutdown(socket.SHUT_RDWR)
                    self._program, self._breaks = None, None
                    self.broken += 1
            if self._program is not None:
                with suppress(OSError):
                    self._program.sendall(self._pass(data))

    def _pass(self, data: bytes) -> bytes:
        through = bytearray()
        for byte in data:
            if self._random.random() >= self._noise:
                through.append(byte)
                continue
            self.hurt += 1
            through += self._random.choice([b"", bytes([byte ^ 1 << self._random.randrange(8)]), bytes([byte, byte])])
        return bytes(through)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
