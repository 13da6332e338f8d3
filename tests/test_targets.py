"""Cores: every section of cores.toml is complete, and a wrong name meets the right ones."""

import pytest

from mcuexport.errors import TargetError
from mcuexport.targets import CORES, Core, core


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
