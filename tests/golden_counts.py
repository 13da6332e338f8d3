"""Stores the instruction counts that tests guard: `python -m tests.golden_counts`."""

import json
from pathlib import Path

from mcuexport.bench import bench_kernels
from mcuexport.bench_layers import LAYERS, LayerRow, bench_layers

PATH = Path(__file__).parent / "golden" / "instruction_counts.json"
LAYERS_PATH = PATH.with_name("layer_instruction_counts.json")


def guarded_layers() -> list[LayerRow]:
    """A convolution, a depthwise and a signal's, with the requantization behind them."""
    layers = [layer for layer in LAYERS if layer.shape[2] == 16 or layer.depthwise]
    return list(bench_layers(("int8", "sym4"), ("cortex-m4", "cortex-m0plus", "rv32emc"), layers))


if __name__ == "__main__":
    rows = bench_kernels(shapes=((256, 64), (64, 10)), variants=("u7", "s8"))
    PATH.write_text(json.dumps({row.name: row.instructions for row in rows}, indent=1) + "\n")
    LAYERS_PATH.write_text(json.dumps({row.name: row.instructions for row in guarded_layers()}, indent=1) + "\n")
