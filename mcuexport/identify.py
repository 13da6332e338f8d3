"""Which models a firmware holds: the identity that `<name>_selftest` keeps in it, found in any file.

It is text, 33 bytes: `mcuexport model `, the model's hash, a zero.  Nothing else is looked at: it tells a wrong file
from the right one, not a forged one.
"""

import re
from pathlib import Path

from .codegen import IDENTITY
from .errors import TargetError

LARGEST_BYTES = 1 << 28
_IDENTITY = re.compile(re.escape(IDENTITY) + rb"([0-9a-f]{16})\0")


def model_hashes(firmware: Path) -> tuple[str, ...]:
    """The hashes of all models in an ELF file or a binary image, in the order they lie in.

    Raises TargetError if there is none, or if the file is text or larger than a firmware can be.
    """
    size = firmware.stat().st_size
    if size > LARGEST_BYTES:
        raise TargetError(
            f"{firmware}: {size} bytes, firmware has at most {LARGEST_BYTES}; name an ELF file or an image"
        )
    content = firmware.read_bytes()
    found = tuple(dict.fromkeys(match.decode() for match in _IDENTITY.findall(content)))
    if found:
        return found
    if content[:1] == b":" or content[:2] in (b"S0", b"UF"):
        raise TargetError(f"{firmware}: is no ELF file and no plain image; name the file that it was made from")
    raise TargetError(
        f"{firmware}: no model in it; the linker keeps one's identity if the program calls <name>_selftest"
    )
