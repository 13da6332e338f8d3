"""UF2: a file of 512-byte blocks that boot loaders take as if it were copied to a USB drive.

    word 0 1  magic      2  flags: 0x2000, a family follows      3  address      4  payload bytes, 256
         5 6  block, of how many      7  family      8 ..  payload, zeros      127  magic
The format: https://github.com/microsoft/uf2.
"""

import struct

MAGIC_BEGIN, MAGIC_SECOND, MAGIC_END = 0x0A324655, 0x9E5D5157, 0x0AB16F30
FAMILY_FOLLOWS = 0x2000
PAYLOAD_BYTES, DATA_BYTES = 256, 476


def uf2(data: bytes, address: int, family: int) -> bytes:
    """`data` for `address`, a multiple of 256; the last block is filled up with zeros."""
    count = -(-len(data) // PAYLOAD_BYTES)
    return b"".join(_block(data, address, family, index, count) for index in range(count))


def _block(data: bytes, address: int, family: int, index: int, count: int) -> bytes:
    start = index * PAYLOAD_BYTES
    payload = data[start : start + PAYLOAD_BYTES].ljust(DATA_BYTES, b"\0")
    where = (address + start, PAYLOAD_BYTES, index, count, family)
    head = struct.pack("<8I", MAGIC_BEGIN, MAGIC_SECOND, FAMILY_FOLLOWS, *where)
    return head + payload + struct.pack("<I", MAGIC_END)
