"""Frames as in firmware/serial/frame.c: SLIP (RFC 1055) around a content and its CRC-32, low byte first.

END  content  CRC-32  END        END: C0; within a frame DB DC stands for C0, DB DD for DB
"""

import zlib

END, ESCAPE = b"\xc0", b"\xdb"
ESCAPED_END, ESCAPED_ESCAPE = b"\xdb\xdc", b"\xdb\xdd"
CRC_BYTES = 4
# What a board takes in one frame, content and CRC: one less than FRAME_BYTES.
MOST_BYTES = 63


def encode(content: bytes) -> bytes:
    """The frame, with an END before it that closes whatever noise came earlier."""
    plain = content + zlib.crc32(content).to_bytes(CRC_BYTES, "little")
    return END + plain.replace(ESCAPE, ESCAPED_ESCAPE).replace(END, ESCAPED_END) + END


def decode(frame: bytes) -> bytes | None:
    """The content of a frame (without or with its ENDs), or None if there is none or its CRC is wrong."""
    plain = frame.strip(END).replace(ESCAPED_END, END).replace(ESCAPED_ESCAPE, ESCAPE)
    content, crc = plain[:-CRC_BYTES], plain[-CRC_BYTES:]
    return content if content and zlib.crc32(content).to_bytes(CRC_BYTES, "little") == crc else None
