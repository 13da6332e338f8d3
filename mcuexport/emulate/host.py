"""A model as a shared library in this process: fast enough for whole test sets."""

from collections.abc import Callable, Mapping

import cffi
import numpy as np
from numpy.typing import NDArray

from ..targets import core
from .build import INTERFACE_OBJECT, PROGRAM, make_cached
from .interface import Inputs, Interface, read_interface
from .plan import find_compiler, shared_plan

_DECLARATIONS = """
void mcx_host_run(const void *inputs, void *outputs, void *scratch, uint32_t samples);
void mcx_host_predict(const void *inputs, void *classes, void *scratch, uint32_t samples);
int32_t mcx_host_selftest(void *scratch);
"""


class HostModel:
    """`run`, `predict` and `selftest` of a model, compiled for this computer."""

    def __init__(self, library: str, name: str, interface: Interface) -> None:
        self.name = name
        self.interface = interface
        self._ffi = cffi.FFI()
        self._ffi.cdef(_DECLARATIONS)
        self._library = self._ffi.dlopen(library)

    def run(self, inputs: Inputs) -> NDArray[np.int32]:
        """Logits (N, output_size) of inputs (N, input_size).  Raises TargetError for other inputs."""
        outputs = np.empty((len(inputs), self.interface.output_size), np.int32)
        self._for_samples(self._library.mcx_host_run, inputs, outputs)
        return outputs

    def predict(self, inputs: Inputs) -> NDArray[np.int32]:
        """Classes (N,) of inputs (N, input_size).  Raises TargetError for other inputs."""
        classes = np.empty(len(inputs), np.int32)
        self._for_samples(self._library.mcx_host_predict, inputs, classes)
        return classes

    def selftest(self) -> int:
        """The model's own verdict: 0, or negative."""
        return int(self._library.mcx_host_selftest(self._ffi.from_buffer(self._scratch())))

    def _scratch(self) -> NDArray[np.uint32]:
        return np.full(self.interface.scratch_bytes // 4 + 1, 0xA5C35A3C, np.uint32)

    def _for_samples(self, function: Callable[..., None], inputs: Inputs, results: NDArray[np.int32]) -> None:
        self.interface.check(inputs, self.name)
        pointer = self._ffi.from_buffer
        function(pointer(np.ascontiguousarray(inputs)), pointer(results), pointer(self._scratch()), len(inputs))


def load_host(sources: Mapping[str, str], name: str) -> HostModel:
    """Model `name` of these sources, compiled with the host's compiler or taken from the user's cache.

    Raises TargetError with the compiler's first errors, ToolMissing.
    """
    host = core("host")
    folder = make_cached(shared_plan(host, find_compiler(host, None)), sources, name)
    return HostModel(str(folder / PROGRAM), name, read_interface(folder / INTERFACE_OBJECT))
