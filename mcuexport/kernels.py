"""Finds the C of an operator: the first folder of a core's search path that has its header.

A kernel is one header, `mcx_<kernel>.h`; the generic folder has every one.  A kernel that reads packed
weights says in its opening comment which layout they must have (`Layout: rows.`).  Further headers
`mcx_<kernel>_<variation>.h` compute the same in another way, which is better for some layers.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from .errors import GraphError
from .pack import LAYOUTS, Layout

GENERIC = "generic"
VARIATIONS = ("nonzero", "radix")
OWN_KINDS = ("usual", *VARIATIONS)
KINDS = (*OWN_KINDS, "plain", "portable")
_LAYOUT = re.compile(r"^ \* Layout: (\w+)\.", re.MULTILINE)
_MAPS = re.compile(r"^ \* Maps: (\w+)\.", re.MULTILINE)
_INCLUDE = re.compile(r'^#include "(mcx_\w+)\.h"', re.MULTILINE)


@dataclass(frozen=True)
class Kernel:
    """One header of the library.

    portable: in a model of plain C only, as `search_path` says.  rows: in one whose depthwise layers are made row by
    row, whatever `depthwise_maps` says.
    """

    name: str
    family: str
    text: str
    portable: bool = False
    rows: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}.h"

    @property
    def layout(self) -> Layout:
        """The layout of the weights it reads."""
        match = _LAYOUT.search(self.text)
        if match is None:
            raise GraphError(f"{self.family}/{self.file} does not say `Layout: ...` in its opening comment")
        return LAYOUTS[match[1]]

    @property
    def includes(self) -> list[str]:
        return _INCLUDE.findall(self.text)


@cache
def _look_up(name: str, families: tuple[str, ...]) -> Kernel | None:
    for family in families:
        path = files(__package__) / "templates" / "kernels" / family / f"{name}.h"
        if path.is_file():
            return Kernel(name, family, path.read_text())
    return None


def find(name: str, families: tuple[str, ...]) -> Kernel:
    """The kernel `name` (with `mcx_`) of the first of `families` that has it; raises GraphError if none does."""
    kernel = _look_up(name, families)
    if kernel is None:
        raise GraphError(f"no kernel {name} in {', '.join(families)}")
    return kernel


def candidates(name: str, families: tuple[str, ...]) -> dict[str, Kernel]:
    """The kernels that can stand for `name`, by kind: "usual" is `find`'s, "plain" the generic one, if another.

    "portable" is the generic one, too, in a model that is plain C of the least code.
    """
    usual, plain = find(name, families), find(name, (GENERIC,))
    found = {"usual": usual}
    for variation in VARIATIONS:
        kernel = _look_up(f"{name}_{variation}", families)
        if kernel is not None:
            found[variation] = kernel
    if plain != usual:
        found["plain"] = plain
    return found if families == (GENERIC,) else found | {"portable": replace(plain, portable=True)}


def search_path(chosen: Collection[Kernel], families: tuple[str, ...], plain: tuple[str, ...]) -> tuple[str, ...]:
    """Where the kernels are looked up that read no weights: if all that do are portable, so are they.

    families, plain: of the core, else and for a model of plain C.
    """
    return plain if is_portable(chosen) else families


def is_portable(chosen: Collection[Kernel]) -> bool:
    """Whether they make a model of plain C of the least code."""
    return bool(chosen) and all(kernel.portable for kernel in chosen)


def two_pixels(kernel: Kernel, families: tuple[str, ...]) -> Kernel | None:
    """The kernel that makes two pixels at once from the words of a dense kernel as they lie, if there is one."""
    found = _look_up(kernel.name.replace("mcx_dense_", "mcx_pixels_"), families)
    return found if found is not None and found.name != kernel.name and found.layout == kernel.layout else None


def depthwise_maps(chosen: Collection[Kernel], families: tuple[str, ...]) -> str:
    """What `streams.planned` is to do with maps: what the kernel of depthwise rows says, planes if it says nothing."""
    if chosen and all(kernel.rows for kernel in chosen):
        return "rows"
    match = _MAPS.search(find("mcx_depthwise3x3_line", families).text)
    return match[1] if match else "planes"


def with_includes(names: Iterable[str], families: tuple[str, ...], chosen: Iterable[Kernel] = ()) -> dict[str, Kernel]:
    """The kernels of these names and all that they include, by name, sorted.

    chosen: kernels that stand for their names, in place of `find`'s.  Raises GraphError if two have one name.
    """
    by_name: dict[str, Kernel] = {}
    for kernel in chosen:
        if by_name.setdefault(kernel.name, kernel).text != kernel.text:
            raise GraphError(f"{kernel.name} of both {by_name[kernel.name].family} and {kernel.family} in one model")
    found: dict[str, Kernel] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = by_name.get(name) or find(name, families)
            waiting += found[name].includes
    return dict(sorted(found.items()))
