"""bytes: the levels themselves, an int8 each, in the order of their codes; for kernels that unpack nothing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base import Codes, WeightFormat, Words
from .base import require_count


@dataclass(frozen=True)
class Bytes:
    """Row-major, one behind the other.  For formats whose levels fit int8."""

    name: str = "bytes"

    def pack(self, codes: Codes, fmt: WeightFormat) -> Words:
        levels: NDArray[Any] = fmt.decode(codes).astype(np.int8)
        return levels.reshape(-1)

    def unpack(self, words: Words, shape: tuple[int, int], fmt: WeightFormat) -> Codes:
        outputs, inputs = shape
        require_count(words, outputs * inputs, shape, fmt)
        return fmt.encode(words).reshape(shape)


BYTES = Bytes()
