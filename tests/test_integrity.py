"""Every flipped bit of a stored number is found on the device, and a firmware tells which model it holds."""

import re
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from flips import Flash
from small import generated, golden_graph
from test_cli import call, error, good, parsed

from mcuexport.checkpoint import load
from mcuexport.codegen import generate
from mcuexport.emulate import build
from mcuexport.errors import TargetError
from mcuexport.graph import Graph
from mcuexport.identify import model_hashes
from mcuexport.lower import lower
from mcuexport.targets import CORES, core

_ARRAY = re.compile(r"static MCX_CONST (u?int(\d+)_t) (net_\w+)\[(\d+)\]")
OF_THE_SELFTEST = 33 + 2 * 64 + 2 * 4 * 10  # bytes: identity, two inputs, their outputs
FLIPS = """
    for (uint32_t i = 0u; i < {count}u; i++) {{
        for (uint32_t bit = 0u; bit < {bits}u; bit++) {{
            {array}[i] = ({c_type})({array}[i] ^ ({c_type})(1u << bit));
            flips++;
            found += net_selftest(scratch) == -2 ? 1u : 0u;
            {array}[i] = ({c_type})({array}[i] ^ ({c_type})(1u << bit));
        }}
    }}
"""
MAIN = """#include <stdio.h>
static uint32_t scratch[NET_SCRATCH_BYTES / 4 + 1];
int main(void)
{{
    uint32_t flips = 0u, found = 0u;
{flips}
    printf("%u %u %d", (unsigned)flips, (unsigned)found, (int)net_selftest(scratch));
    return 0;
}}
"""


def flips_found(sources: Mapping[str, str], folder: Path) -> tuple[int, int, int]:
    """(bits flipped one by one, of them found, verdict when all are as they were)."""
    text, flips = sources["net.c"], ""
    for c_type, bits, array, count in _ARRAY.findall(text):
        text = text.replace(f"static MCX_CONST {c_type} {array}[", f"static {c_type} {array}[")
        flips += FLIPS.format(c_type=c_type, bits=bits, array=array, count=count)
    for file, content in {**sources, "net.c": text + MAIN.format(flips=flips)}.items():
        (folder / file).write_text(content)
    subprocess.run(["gcc", "-O2", "net.c", "-o", "program"], cwd=folder, check=True)
    answer = subprocess.run(["./program"], cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    flipped, found, verdict = map(int, answer.stdout.split())
    return flipped, found, verdict


def test_every_single_bit_flip_of_every_constant_is_found(tmp_path: Path, tiny_checkpoint: Path) -> None:
    checkpoint = load(tiny_checkpoint)
    made = generate(lower(checkpoint), core("host"), "net", checkpoint.examples)
    flipped, found, verdict = flips_found(made.sources, tmp_path)
    assert flipped == 8 * (sum(c.bytes for c in made.constants) + OF_THE_SELFTEST)
    assert (found, verdict) == (flipped, 0)


@pytest.mark.parametrize("core_name", ["cortex-m0", "rv32imc"])
def test_every_single_bit_flip_in_emulated_flash_is_found(core_name: str, tiny_checkpoint: Path) -> None:
    """All bits behind the code: but for what fills the last word up, each belongs to a number that is checked."""
    flash = Flash(load(tiny_checkpoint), core_name)
    verdicts = Counter(verdict for _, verdict in flash.verdicts(flash.constants))
    checked = sum(c.bytes for c in flash.made.constants) + OF_THE_SELFTEST
    filling = len(flash.constants[1]) - checked
    assert verdicts == {-2: 8 * checked, 0: 8 * filling}
    assert filling == -OF_THE_SELFTEST % 4
    assert flash.selftest() == 0


def firmware(graph: Graph, core_name: str, **options: object) -> Path:
    """A program whose unused parts the linker drops, with the self-test or without."""
    return build(generated(graph, core_name=core_name).sources, "net", core(core_name), **options).path  # type: ignore[arg-type]


@pytest.mark.parametrize("core_name", CORES)
def test_a_firmware_with_the_self_test_tells_its_model(core_name: str) -> None:
    graph = golden_graph()
    assert model_hashes(firmware(graph, core_name)) == (generated(graph).model_hash,)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("optimize", ["-O0", "-O3"])
def test_no_compiler_removes_the_identity(compiler: str, optimize: str) -> None:
    graph = golden_graph()
    path = firmware(graph, "host", compiler=compiler, optimize=optimize)
    assert model_hashes(path) == (generated(graph).model_hash,)


def test_a_stripped_firmware_and_its_plain_image_tell_it_too(tmp_path: Path) -> None:
    path = firmware(golden_graph(), "cortex-m0")
    for options, name in ((["--strip-all"], "stripped.elf"), (["-O", "binary"], "flash.bin")):
        subprocess.run(["arm-none-eabi-objcopy", *options, path, tmp_path / name], check=True)
        assert model_hashes(tmp_path / name) == (generated(golden_graph()).model_hash,)


def test_files_without_a_model_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "flash.hex").write_text(":10000000\n")
    (tmp_path / "flash.bin").write_bytes(b"mcuexport model 0123456789ABCDEF\0")
    with pytest.raises(TargetError, match="name the file that it was made from"):
        model_hashes(tmp_path / "flash.hex")
    with pytest.raises(TargetError, match="no model in it; the linker keeps one's identity"):
        model_hashes(tmp_path / "flash.bin")


def test_identify_says_whether_they_belong_together(tmp_path: Path, tiny_checkpoint: Path) -> None:
    checkpoint = load(tiny_checkpoint)
    made = generate(lower(checkpoint), core("host"), "net", checkpoint.examples)
    right = build(made.sources, "net", core("host")).path
    wrong = firmware(golden_graph(), "host")
    assert (
        good("identify", right, tiny_checkpoint) == f"{right} holds the model of {tiny_checkpoint}: {made.model_hash}\n"
    )
    assert parsed("identify", right, tiny_checkpoint)["belong_together"] is True
    other = generated(golden_graph()).model_hash
    sentence = f"{wrong}: holds model {other}, but {tiny_checkpoint} is {made.model_hash}"
    assert error("identify", wrong, tiny_checkpoint) == sentence
    assert call("identify", tmp_path / "none.elf", tiny_checkpoint).exit_code == 2
