"""Cores: every section of cores.toml is complete, and a wrong name meets the right ones."""

import pytest

from mcuexport.errors import TargetError
from mcuexport.targets import CORES, Core, core
from mcuexport.targets.board import parse_boards
from mcuexport.targets.core import parse_cores


@pytest.mark.parametrize("name", CORES)
def test_every_core_is_found_by_its_name(name: str) -> None:
    assert core(name).name == name


@pytest.mark.parametrize("member", CORES.values(), ids=lambda member: member.name)
def test_every_search_path_ends_with_the_generic_kernels(member: Core) -> None:
    assert member.families[-1] == "generic"
    assert member.families.count("generic") == 1


@pytest.mark.parametrize("member", CORES.values(), ids=lambda member: member.name)
def test_every_machine_has_its_processor_and_memories(member: Core) -> None:
    if member.emulator is None or member.emulator.machine is None:
        assert member.name in ("host", "powerpc")
    else:
        assert [flag for flag in member.flags if flag.startswith(("-mcpu=", "-march=", "-mmcu="))]
        assert member.emulator.code is not None
        assert member.emulator.code.size_bytes > 0
        assert member.emulator.data is not None
        assert member.emulator.data.size_bytes > 0


def test_an_unknown_core_is_met_with_the_nearest_names() -> None:
    with pytest.raises(TargetError) as caught:
        core("cortex-m34")
    assert str(caught.value) == ("unknown core 'cortex-m34': did you mean cortex-m4 or cortex-m3 or cortex-m33?")


def test_a_core_unlike_any_other_is_met_with_all_names() -> None:
    with pytest.raises(TargetError) as caught:
        core("z80")
    assert str(caught.value) == f"unknown core 'z80': did you mean {' or '.join(CORES)}?"


CORE = """[z80]
summary = "8 bits"
families = ["generic"]
compiler = "sdcc"
compiler_package = "sdcc"
flags = []
"""
WRONG_CORES = {
    "a = 1": "cores.toml: 'a' must be a section",
    "[z80": "cores.toml: Expected ']' at the end of a table declaration (at end of document)",
    "[z80]\nsummary = 3": "cores.toml: z80: summary must be a text, got 3",
    "[z80]\nsummary = ''\nfamilies = 'generic'": "cores.toml: z80: families must be a list of texts, got 'generic'",
    CORE.replace("compiler = ", "assembler = "): "cores.toml: z80: no compiler",
    CORE + "speed = 4": "cores.toml: z80: unknown key 'speed'",
    CORE + "emulator = 'q'\nemulator_package = 'q'\nfirmware = []\ncode = [0, 0]": "cores.toml: z80: code must be "
    "[origin, bytes] of 32 bits, got [0, 0]",
    "a = 0x" + "f" * 20_000: "cores.toml: a whole number of 80000 bits; 64 are the most",
    "a = " + "[" * 20_000: "cores.toml: nested too deeply",
}


@pytest.mark.parametrize("text", WRONG_CORES, ids=lambda text: text[:20])
def test_a_wrong_core_is_refused_in_these_words(text: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_cores(text)
    assert str(caught.value) == WRONG_CORES[text]


def test_a_board_of_an_unknown_core_is_refused() -> None:
    with pytest.raises(TargetError, match=r"^boards\.toml: x: core must be one of host, cortex-m0, .*, got 'z80'$"):
        parse_boards("[x]\ncore = 'z80'")
