"""The examples: a user's own network, by our layers and by `quantize_`, trains, verifies and packs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mcuexport import evaluate
from mcuexport.checkpoint import load
from mcuexport.cli import main
from mcuexport.lower import lower
from mcuexport.parity import verify
from mcuexport.targets import core

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("name", ["own_layers", "own_module"])
def test_an_example_trains_and_every_output_of_its_c_is_right(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.pt"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), str(path)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert answer.returncode == 0, answer.stderr
    checkpoint = load(path)
    graph = lower(checkpoint)
    x, y = evaluate.test_set(checkpoint, None)
    quality = evaluate.evaluate(checkpoint, graph, x, y)
    assert quality.integer_accuracy > 0.96
    assert quality.differing <= 2
    assert verify(graph, core("host"), "net", checkpoint.examples, x).outputs == 3600
    assert verify(graph, core("cortex-m0"), "net", checkpoint.examples, x[:10]).outputs == 100
    packed = CliRunner().invoke(main, ["pack", str(path), "-o", str(tmp_path / "net")])
    assert packed.exit_code == 0
    assert (tmp_path / "net" / "net.c").is_file()
