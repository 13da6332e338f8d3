"""Whole networks of the zoo on emulated cores: random weights with a fixed seed, one random input."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .checkpoint import load, save
from .cycles import measure_cycles
from .lower import lower
from .targets import core
from .train.untrained import untrained
from .train.zoo_blocks import Formats

# A clock that boards with the core have, in Hz.
CLOCKS = {"cortex-m4": 120_000_000, "cortex-m0plus": 64_000_000, "rv32emc": 48_000_000, "rv32ec": 48_000_000}
NETWORKS = ("ds-cnn", "mobilenet-v1", "resnet8", "autoencoder", "cnn", "cnn1d")
NETWORK_FORMATS = ("int8", "sym4")

# MLPerf Tiny, closed division, published milliseconds: X-CUBE-AI 9 on a NUCLEO-L4R5ZI, Bosch on a NUCLEO-G0B1RE.
PUBLISHED_MS = {
    "cortex-m4": {"ds-cnn": 43.2, "mobilenet-v1": 88.9, "resnet8": 165.0, "autoencoder": 5.26},
    "cortex-m0plus": {"ds-cnn": 475.0, "mobilenet-v1": 1414.0, "resnet8": 1522.0, "autoencoder": 40.9},
}


@dataclass(frozen=True)
class NetworkRow:
    """One run of a network on one core.  published_ms: of a peer at the same clock, None if none is known."""

    network: str
    format: str
    core: str
    clock_hz: int
    macs: int
    instructions: int
    cycles: int
    stack_bytes: int
    scratch_bytes: int
    weight_bytes: int
    published_ms: float | None

    @property
    def milliseconds(self) -> float:
        """At the core's clock, flash wait states not modelled."""
        return 1000 * self.cycles / self.clock_hz


def bench_networks(
    networks: Sequence[str] = NETWORKS, formats: Sequence[str] = NETWORK_FORMATS, cores: Sequence[str] = tuple(CLOCKS)
) -> Iterator[NetworkRow]:
    """A row for every network, format (of all layers) and core, always the same.  Raises TargetError, ToolMissing."""
    with tempfile.TemporaryDirectory() as folder:
        for network in networks:
            for fmt in formats:
                path = Path(folder) / f"{network}-{fmt}.pt"
                module, x = untrained(network, Formats(fmt, fmt, fmt))
                save(module, x[:2], path, name=network)
                checkpoint = load(path)
                graph = lower(checkpoint)
                for name in cores:
                    counted = measure_cycles(graph, core(name), checkpoint.examples[:1])
                    yield NetworkRow(
                        network=network,
                        format=fmt,
                        core=name,
                        clock_hz=CLOCKS[name],
                        macs=counted.total.macs,
                        instructions=counted.total.instructions,
                        cycles=counted.total.cycles,
                        stack_bytes=counted.stack_bytes,
                        scratch_bytes=counted.scratch_bytes,
                        weight_bytes=counted.weight_bytes,
                        published_ms=PUBLISHED_MS.get(name, {}).get(network),
                    )
