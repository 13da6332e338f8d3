"""The firmware's side of the wire under sanitizers, on the host: in a test, and in `make fuzz-files`.

python tests/fuzz_firmware.py [options of libFuzzer]: needs clang and its libFuzzer (Debian: libclang-rt-14-dev).
"""

import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from map_graphs import MapGraph
from small import generated

from mcuexport.emulate.emulators import FIRMWARE

HERE = Path(__file__).parent / "firmware_fuzz"
INPUTS = 300  # more than a frame holds
SANITIZERS = "-fsanitize=address,undefined"


def build_firmware(folder: Path, *command: str) -> Path:
    """firmware/serial around a small model, with a chip whose UART reads a buffer.  command: compiler and flags."""
    for file, text in generated(MapGraph((1, 1, INPUTS), "uint8").graph()).sources.items():
        (folder / file).write_text(text)
    serial, program = FIRMWARE / "serial", folder / "firmware"
    includes = [f"-I{path}" for path in (HERE, serial, FIRMWARE / "src", folder)]
    model = ["-DMCX_MODEL=net", "-DMCX_MODEL_MACROS=NET", "-DMCX_MODEL_HEADER=<net.h>", "-DNET_AFTER=mcx_serial_after"]
    board = ['-DMCX_BOARD_NAME="host"', "-DCLOCK_HZ=1u", "-include", str(serial / "after.h")]
    flags = ["-std=c99", "-g", "-O1", SANITIZERS, "-fno-sanitize-recover=all", *includes, *model, *board]
    objects = []
    for source in (serial / "main.c", serial / "frame.c", HERE / "chip.c", folder / "net.c"):
        objects.append(folder / f"{source.stem}.o")
        renamed = ["-Dmain=firmware_main"] if source.parent == serial else []
        subprocess.run([*command, *flags, *renamed, "-c", str(source), "-o", str(objects[-1])], check=True)
    subprocess.run([*command, SANITIZERS, *map(str, objects), "-o", str(program)], check=True)
    return program


def conversation() -> bytes:
    """One request of each kind, the parts of an input, and what is no request."""
    run = b"R\3" + struct.pack("<HI", 1, zlib.crc32(bytes(INPUTS)))
    write = b"W\4" + struct.pack("<HI", 19, 290) + b"more than ten bytes"
    read = b"O\5" + struct.pack("<HI", 40, 0)
    short = (b"W" + bytes([sequence]) + bytes(5) for sequence in range(256))
    short_at_0 = next(request for request in short if zlib.crc32(request) & 0xFF == 0)  # the CRC ends its offset
    requests = [b"H\1", b"S\2", run, write, read, short_at_0, b"?"]
    return b"".join(bytes([len(request)]) + request + b"\0" for request in requests)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        program = build_firmware(Path(folder), "clang", "-DFUZZING", "-fsanitize=fuzzer")
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        (corpus / "good").write_bytes(conversation())
        os.environ["ASAN_OPTIONS"] = "detect_stack_use_after_return=0"
        sys.exit(subprocess.run([program, *sys.argv[1:], corpus], check=False).returncode)
