"""The C names of a model's parts, and calls printed with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..ops import Argument, Call, Offset
from .constants import EmittedConstant


@dataclass
class Symbols:
    """name: the model's prefix.  identifiers: by node.  constants: by (node, key).  used: kernel headers so far."""

    name: str
    identifiers: Mapping[str, str]
    constants: Mapping[tuple[str, str], EmittedConstant]
    used: set[str] = field(default_factory=set)

    def local(self, node: str) -> str:
        """A local name; suffixes keep it apart from keywords and from `input`, `output`, `memory`."""
        return self.identifiers[node]

    def row_function(self, anchor: str) -> str:
        return f"{self.name}_{self.identifiers[anchor]}_row"

    def constant(self, node: str, key: str, offset: str = "") -> str:
        """The array's name, or NULL if there is none; `offset` elements further."""
        found = self.constants.get((node, key))
        return "NULL" if found is None else further(found.name, offset)

    def elements(self, node: str, key: str) -> int:
        found = self.constants.get((node, key))
        return 0 if found is None else found.values.size

    def statement(
        self, node: str, call: Call, args: tuple[Argument, ...], values: Mapping[str, str], offset: Mapping[str, str]
    ) -> str:
        """One call.  values: what stands for "x", "x1" .. and "y".  offset: added to constants, by key."""
        return self.kernel(
            call.kernel, call.variant, *(self._argument(node, argument, values, offset) for argument in args)
        )

    def kernel(self, kernel: str, variant: str, *args: str | int, header: str = "") -> str:
        """A call of `mcx_<kernel>_<variant>`, found in `mcx_<header>.h` (the kernel's own, if not given)."""
        self.used.add(f"mcx_{header or kernel}")
        function = "_".join(part for part in ("mcx", kernel, variant) if part)
        return f"{function}({', '.join(map(str, args))});"

    def _argument(self, node: str, value: Argument, values: Mapping[str, str], offset: Mapping[str, str]) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, Offset):
            return further(values[value.name], str(value.elements))
        if value in values:
            return values[value]
        return self.constant(node, value, offset.get(value, ""))


def pointer(c_type: str, memory: str, offset: int) -> str:
    """`memory`, a uint8_t pointer, `offset` bytes further, as a pointer to `c_type`."""
    address = further(memory, str(offset))
    if c_type == "uint8_t":
        return address
    grouped = f"({address})" if offset else address
    return f"({c_type} *){grouped}" if c_type == "int8_t" else f"({c_type} *)(void *){grouped}"


def further(pointer: str, elements: str) -> str:
    """`pointer + elements`, without a zero."""
    return pointer if elements in ("", "0", "0u") else f"{pointer} + {elements}"


def times(variable: str, factor: int) -> str:
    """`variable * factor`, or nothing if that is zero."""
    if not variable or factor == 0:
        return ""
    return variable if factor == 1 else f"{variable} * {factor}u"


def signed(variable: str, stride: int, padding: int) -> str:
    """The first row or column of a window, as int32_t."""
    scaled = f"(int32_t)({times(variable, stride)})" if stride > 1 else f"(int32_t){variable}"
    return f"{scaled} - {padding}" if padding else scaled
