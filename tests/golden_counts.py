"""Stores the instruction counts that test_kernels.py guards: `python -m tests.golden_counts`."""

import json
from pathlib import Path

from mcuexport.bench import bench_kernels

PATH = Path(__file__).parent / "golden" / "instruction_counts.json"

if __name__ == "__main__":
    rows = bench_kernels(shapes=((256, 64), (64, 10)), variants=("u7", "s8"))
    PATH.write_text(json.dumps({row.name: row.instructions for row in rows}, indent=1) + "\n")
