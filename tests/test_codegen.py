"""The generated C: a function of its arguments, compared as text; its self-test; what it needs of a linker."""

import re
import subprocess
import sys
import zlib
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from networks import ALL_FORMATS, NETWORKS, lowered
from numpy.testing import assert_array_equal
from small import STRICT, STRICT_C, flat, generated, golden_graph, samples

from mcuexport.codegen import Generated, generate
from mcuexport.emulate import build, load_host
from mcuexport.errors import GraphError
from mcuexport.graph import Graph
from mcuexport.ops import Dense
from mcuexport.targets import CORES, core

GOLDEN = Path(__file__).parent / "golden"
TESTS = Path(__file__).parent
# What gcc and clang may call although nobody wrote it; every C library for microcontrollers has these.
OF_THE_COMPILER = {"memcpy", "memmove", "memset", "memcmp"}
FLOATS = re.compile(r"float|double|__aeabi_[fd]|__(add|sub|mul|div)[sdt]f|malloc|printf|exp|pow")
_ARRAY = re.compile(r"static MCX_CONST (u?int\d+)_t (\w+)\[(\d+)\] = \{\n(.*?)\n\};", re.DOTALL)


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return lowered(tmp_path_factory.mktemp("network"), **ALL_FORMATS, **NETWORKS[request.param])[0]


def arrays(sources: Mapping[str, str], name: str = "net") -> dict[str, np.ndarray]:
    """The constants of the C text, read back."""
    return {
        array: np.array([int(v.rstrip("u"), 0) for v in text.replace("\n", " ").split(",") if v.strip()], dtype)
        for dtype, array, _, text in _ARRAY.findall(sources[f"{name}.c"])
    }


def macro(sources: Mapping[str, str], name: str) -> str:
    return re.search(rf"^#define NET_{name} (.*)$", sources["net.h"], re.MULTILINE)[1]  # type: ignore[index]


def with_text(sources: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    assert sources["net.c"].count(old) == 1, old
    return {**sources, "net.c": sources["net.c"].replace(old, new)}


# The same text


@pytest.mark.parametrize("name", ["small.h", "small.c"])
def test_the_text_is_the_golden_one(name: str) -> None:
    """If the change was meant: python tests/golden/write.py"""
    found = generated(golden_graph(), "small").sources[name]
    assert found.splitlines() == (GOLDEN / name).read_text("utf-8").splitlines()


def test_the_golden_network_is_right() -> None:
    graph = golden_graph()
    x = samples(graph.input.type, 300)
    model = load_host(generated(graph, "small").sources, "small")
    assert_array_equal(model.run(x), graph.run(x))
    assert model.selftest() == 0


def test_the_text_is_the_same_twice(network: Graph) -> None:
    assert generated(network).sources == generated(network).sources


@pytest.mark.parametrize("seed", ["0", "4321"])
def test_the_text_does_not_depend_on_the_order_of_sets(seed: str) -> None:
    program = (
        "from small import generated, golden_graph; from hashlib import sha256;"
        "print(sha256(repr(generated(golden_graph()).sources).encode()).hexdigest())"
    )
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PATH": "/nowhere"}
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == sha256(repr(generated(golden_graph()).sources).encode()).hexdigest()


def test_the_text_names_no_place_and_no_time(network: Graph) -> None:
    text = "".join(generated(network).sources.values())
    assert not re.search(r"/(home|root|tmp|work|usr)/|20\d\d-\d\d|\d\d:\d\d:\d\d", text)
    assert text.isascii()


def test_kernels_are_copied_as_they_are(network: Graph) -> None:
    folder = Path(sys.modules["mcuexport"].__file__ or "").parent / "templates" / "kernels" / "generic"
    kernels = {name: text for name, text in generated(network).sources.items() if name.startswith("mcx_")}
    assert kernels
    assert all((folder / name).read_text() == text for name, text in kernels.items())


@pytest.mark.parametrize("core_name", CORES)
def test_every_include_is_among_the_files(network: Graph, core_name: str) -> None:
    sources = generated(network, core_name=core_name).sources
    included = {name for text in sources.values() for name in re.findall(r'#include "(.+)"', text)}
    assert included | {"net.c", "net_example.h"} == set(sources)


def test_a_graph_that_ends_in_bytes_is_refused() -> None:
    graph = golden_graph()
    with pytest.raises(GraphError) as caught:
        generated(replace(graph, nodes=graph.nodes[:2], labels=()))
    assert str(caught.value) == "golden.act1: ends in int8; end in a layer, not an activation"


# Checksum, hash, self-test


def test_the_checksum_is_the_crc_32_of_the_numbers_in_the_text(network: Graph) -> None:
    sources = generated(network).sources
    crc = 0
    for values in arrays(sources).values():
        crc = zlib.crc32(values.astype(values.dtype.newbyteorder("<")).tobytes(), crc)
    assert macro(sources, "WEIGHTS_CRC32") == f"0x{crc:08x}u"


def test_the_text_holds_the_constants(network: Graph) -> None:
    made = generated(network)
    found = arrays(made.sources)
    of_the_selftest = ["net_identity", "net_golden_inputs", "net_golden_outputs"]
    assert list(found) == [constant.name for constant in made.constants] + of_the_selftest
    for constant in made.constants:
        assert_array_equal(found[constant.name], constant.values)


def test_the_hash_is_told_everywhere_alike(network: Graph) -> None:
    made = generated(network)
    assert re.fullmatch("[0-9a-f]{16}", made.model_hash)
    assert macro(made.sources, "MODEL_HASH") == f'"{made.model_hash}"'
    assert made.sources["net.c"].count(f"model {made.model_hash}.") == 1


def test_the_hash_is_of_what_is_computed_not_of_names() -> None:
    graph = golden_graph()
    renamed = replace(graph, name="other", labels=(), output_scale=2.0)
    fewer = replace(graph, nodes=(*graph.nodes[:2], replace(graph.nodes[3], inputs=("act1",))))
    last = graph.nodes[3].op
    assert isinstance(last, Dense)
    changed = replace(graph, nodes=(*graph.nodes[:3], replace(graph.nodes[3], op=replace(last, codes=last.codes ^ 1))))
    hashes = [generated(g).model_hash for g in (graph, renamed, fewer, changed)]
    assert hashes[0] == hashes[1]
    assert len({*hashes}) == 3


@pytest.mark.parametrize("core_name", CORES)
def test_the_hash_is_the_same_for_every_core(core_name: str) -> None:
    assert generated(golden_graph(), core_name=core_name).model_hash == generated(golden_graph()).model_hash


FLIPS = """
    for (uint32_t i = 0u; i < {count}u; i += {step}u) {{
        for (uint32_t bit = 0u; bit < {bits}u; bit += 3u) {{
            {array}[i] = ({dtype}_t)({array}[i] ^ ({dtype}_t)(1u << bit));
            if (net_selftest(scratch) != -2) {{
                return {status};
            }}
            {array}[i] = ({dtype}_t)({array}[i] ^ ({dtype}_t)(1u << bit));
        }}
    }}
"""


def test_the_self_test_finds_one_flipped_bit_in_any_array(tmp_path: Path, network: Graph) -> None:
    sources = generated(network).sources
    text, flips = sources["net.c"], ""
    for status, (dtype, array, count, _) in enumerate(_ARRAY.findall(text), 1):
        text = text.replace(f"static MCX_CONST {dtype}_t {array}[", f"static {dtype}_t {array}[")
        step, bits = 1 + int(count) // 20, re.sub(r"\D", "", dtype)
        flips += FLIPS.format(count=count, step=step, bits=bits, array=array, dtype=dtype, status=status)
    scratch = f"static uint32_t scratch[{macro(sources, 'SCRATCH_BYTES')}];\n"
    main = f"{scratch}int main(void) {{{flips}return 0 - net_selftest(scratch);}}\n"
    for file, content in {**sources, "net.c": text + main}.items():
        (tmp_path / file).write_text(content)
    subprocess.run(["gcc", "-O2", "net.c", "-o", "program"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0


def test_the_self_test_finds_a_wrong_kernel() -> None:
    sources = generated(golden_graph()).sources
    kernel = sources["mcx_requantize.h"]
    assert "v >> 7" in kernel
    assert load_host({**sources, "mcx_requantize.h": kernel.replace("v >> 7", "v >> 6")}, "net").selftest() == -3


# In a user's program

PROGRAM = """
#include "first.h"
#include "second.h"
#include "third.h"

static uint32_t scratch[(FIRST_SCRATCH_BYTES + SECOND_SCRATCH_BYTES + THIRD_SCRATCH_BYTES) / 4u + 2u];
static const FIRST_INPUT_T x1[FIRST_INPUT_SIZE] = { 1 };
static const SECOND_INPUT_T x2[SECOND_INPUT_SIZE] = { 2 };
static const char *const labels[] = FIRST_LABELS;

int main(void)
{
    int32_t before[FIRST_OUTPUT_SIZE];
    int32_t after[FIRST_OUTPUT_SIZE];
    int32_t between[SECOND_OUTPUT_SIZE];
    uint8_t *const odd = (uint8_t *)scratch;

    first_run(x1, before, scratch);
    second_run(x2, between, scratch);
    first_run(x1, after, scratch);
    for (uint32_t i = 0u; i < FIRST_OUTPUT_SIZE; i++) {
        if (before[i] != after[i]) {
            return 1;
        }
    }
    if (first_selftest(scratch) != 0 || second_selftest(scratch) != 0 || third_selftest(scratch) != 0) {
        return 2;
    }
    for (uint32_t offset = 1u; offset < 4u; offset++) {
        if (first_selftest(odd + offset) != -1 || third_selftest(odd + offset) != -1) {
            return 3;
        }
    }
    if (first_predict(x1, scratch) >= FIRST_OUTPUT_SIZE || sizeof labels / sizeof labels[0] != 2u) {
        return 4;
    }
    if (labels[0][0] != 'a' || labels[1][0] != 'p') {
        return 6;
    }
    return FIRST_INPUT_SCALE < 1.0f && FIRST_OUTPUT_SCALE > 0.0f && FIRST_INPUT_ZERO_POINT == 0 ? 0 : 5;
}
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("language", ["c", "c++"])
def test_several_models_share_a_program_and_a_scratch(tmp_path: Path, compiler: str, language: str) -> None:
    graphs = {
        "first": golden_graph(),
        "second": lowered(tmp_path, format="ternary", activation="gelu", norm_output=True, per_output=True)[0],
        "third": lowered(tmp_path, shape=(3, 3, 2), hidden=[], format="int8", bias=True)[0],
    }
    for name, graph in graphs.items():
        for file, text in generated(graph, name).sources.items():
            (tmp_path / file).write_text(text)
    (tmp_path / "main.c").write_text(PROGRAM)
    flags = [*STRICT_C, "-O2"] if language == "c" else ["-std=c++11", *STRICT, "-O2"]
    command = [compiler, "-x", language, *flags, "main.c", "first.c", "second.c", "third.c", "-o", "program"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0


@pytest.mark.parametrize("core_name", CORES)
def test_no_core_needs_a_library_memory_or_floats_or_has_a_warning(network: Graph, core_name: str) -> None:
    sources = generated(network, core_name=core_name).sources
    dialect = [flag for flag in core(core_name).flags if flag.startswith("-std=")]
    sizes = build(sources, "net", core(core_name), extra_flags=[*STRICT_C, *dialect]).sizes
    helpers = {"rv32ec": "__mulsi3", "avr": "__u?mul[a-z]+3", "powerpc": "_(save|rest)gpr_[0-9]+(_x)?"}
    calls = {name for name in sizes.calls if not re.fullmatch(helpers.get(core_name, ""), name)}
    assert calls <= OF_THE_COMPILER
    assert sizes.ram_bytes == 0
    assert not [symbol for symbol in sizes.symbols if FLOATS.search(symbol)]
    visible = {"net_run", "net_predict", "net_selftest"}
    assert visible <= set(sizes.symbols)


def test_only_the_three_functions_are_visible(tmp_path: Path, network: Graph) -> None:
    for file, text in generated(network).sources.items():
        (tmp_path / file).write_text(text)
    subprocess.run(["gcc", "-O0", "-c", "net.c"], cwd=tmp_path, check=True)
    listing = subprocess.run(["nm", "--extern-only", "net.o"], cwd=tmp_path, capture_output=True, text=True, check=True)
    defined = {line.split()[-1] for line in listing.stdout.splitlines() if " U " not in line}
    assert defined == {"net_run", "net_predict", "net_selftest"}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_c_is_free_of_warnings_as_c99_and_as_cpp(tmp_path: Path, network: Graph, compiler: str) -> None:
    for file, text in generated(network).sources.items():
        (tmp_path / file).write_text(text)
    for flags in (["-x", "c", *STRICT_C], ["-x", "c++", "-std=c++17", *STRICT]):
        command = [compiler, *flags, "-O2", "-ffreestanding", "-c", "net.c", "-o", "net.o"]
        answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (answer.returncode, answer.stderr) == (0, "")


def test_the_scratch_is_told_and_no_larger_than_all_buffers(network: Graph) -> None:
    made: Generated = generate(network, core("host"), "net", samples(network.input.type, 2))
    assert int(macro(made.sources, "SCRATCH_BYTES").rstrip("u")) == made.plan.scratch_bytes
    every = sum(-(-network.types[node.name].bytes // 4) * 4 for node in network.nodes[:-1])
    assert made.plan.lower_bound_bytes <= made.plan.scratch_bytes <= every
    assert made.plan.scratch_bytes % 4 == 0


def test_a_painted_scratch_changes_nothing(network: Graph) -> None:
    """The host runner paints the scratch and never clears it: two batches give the same as one."""
    model = load_host(generated(network).sources, "net")
    x = samples(network.input.type, 40)
    assert_array_equal(np.concatenate([model.run(flat(x[:7])), model.run(flat(x[7:]))]), network.run(x))
    assert_array_equal(model.predict(flat(x)), network.predict(x))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_code_and_constants_lie_where_the_build_wants_them(tmp_path: Path, compiler: str) -> None:
    for name, text in generated(golden_graph()).sources.items():
        (tmp_path / name).write_text(text)
    places = [f'-D{macro}=__attribute__((section("{section}")))' for macro, section in PLACES.items()]
    subprocess.run([compiler, "-std=c99", "-O0", *places, "-c", "net.c"], cwd=tmp_path, check=True)
    with (tmp_path / "net.o").open("rb") as stream:
        elf = ELFFile(stream)
        named = {symbol.name: symbol for symbol in elf.get_section_by_name(".symtab").iter_symbols() if symbol.name}
        found = {name: elf.get_section(s["st_shndx"]).name for name, s in named.items() if s["st_size"] > 0}
    assert {found["net_run"], found["net_predict"], found["mcx_argmax"], found["mcx_dense_int4_u8"]} == {"hot"}
    assert found["net_fc1_weights"] == "cold"


PLACES = {"MCX_CODE": "hot", "MCX_CONST_SECTION": "cold"}
