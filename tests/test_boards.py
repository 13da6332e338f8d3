"""Boards: their data, their firmware, and what a boot ROM finds in it, by readers that are not ours."""

import io
import re
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from intelhex import IntelHex
from small import STRICT_C, generated, golden_graph

from mcuexport.emulate import build_board, footprint
from mcuexport.emulate.build import PROGRAM, make_cached
from mcuexport.emulate.plan import FIRMWARE, board_plan, find_compiler
from mcuexport.errors import TargetError
from mcuexport.flashing import PROGRAMMERS, image_files
from mcuexport.graph import Graph, Input, Node
from mcuexport.ops import Dense, TensorType
from mcuexport.pack import FORMATS
from mcuexport.targets import BOARDS, CORES, board

SILICON = [name for name, member in BOARDS.items() if member.tools and not member.machine]
RISCV = [name for name, member in BOARDS.items() if "riscv" in member.parts]
SOURCES = generated(golden_graph()).sources


def program(name: str) -> Path:
    return build_board(SOURCES, "net", board(name))


def words(path: Path, address: int, count: int) -> tuple[int, ...]:
    """Of a program's memory, by its physical addresses."""
    elf = ELFFile(io.BytesIO(path.read_bytes()))
    for segment in elf.iter_segments("PT_LOAD"):
        start = address - segment["p_paddr"]
        if 0 <= start <= segment["p_filesz"] - 4 * count:
            return struct.unpack_from(f"<{count}I", segment.data(), start)
    raise AssertionError(f"{address:#x} is not in {path}")


def symbol(path: Path, name: str) -> int:
    table = ELFFile(io.BytesIO(path.read_bytes())).get_section_by_name(".symtab")
    return int(table.get_symbol_by_name(name)[0]["st_value"])


# The data


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_is_made_of_parts_that_exist(name: str) -> None:
    member = board(name)
    assert member.core.name in CORES
    assert all((FIRMWARE / part).is_dir() for part in member.parts)
    kinds = [part.split("/")[0] for part in member.parts]
    assert {"counters", "uarts", "chips"} <= set(kinds)
    assert all(tool in PROGRAMMERS or tool == "uf2" for tool in member.tools)
    assert member.tools or member.machine


def test_every_part_belongs_to_a_board() -> None:
    folders = {
        str(p.parent.relative_to(FIRMWARE)) for p in FIRMWARE.rglob("*/*.c") if len(p.relative_to(FIRMWARE).parts) > 2
    }
    assert folders - {part for member in BOARDS.values() for part in member.parts} == {"uarts/semihosting"}  # of all


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("picoo", "unknown board 'picoo': did you mean pico or pico2?"),
        ("microbit", "unknown board 'microbit': did you mean microbit-v2 or microbit-v1 or pico?"),
        (
            "esp32-c3",
            "unknown board 'esp32-c3': its boot loader is ESP-IDF's; pack --as esp-idf, then idf.py flash",
        ),
    ],
)
def test_an_unknown_board_is_answered_with_the_nearest(name: str, sentence: str) -> None:
    with pytest.raises(TargetError) as caught:
        board(name)
    assert str(caught.value) == sentence


# The firmware


@pytest.mark.parametrize(("name", "app"), [*((name, "serial") for name in SILICON), ("pico", "example")])
def test_firmware_compiles_without_a_warning(name: str, app: str) -> None:
    member = board(name)
    plan = board_plan(member, find_compiler(member.core, None), ("-Os", *STRICT_C), "net", app)
    needs = footprint(make_cached(plan, SOURCES, "net") / PROGRAM)
    assert 400 < needs.flash_bytes < 4000
    assert needs.ram_bytes < 200


@pytest.mark.parametrize("name", [*SILICON, "microbit-v1", "nucleo-f446re"])
def test_the_core_finds_its_stack_and_its_first_instruction(name: str) -> None:
    member, path = board(name), program(name)
    if name in RISCV:
        (first,) = words(path, member.code.origin, 1)
        assert first & 0xFFF == 0x06F  # jal zero, and 4 bytes long
        assert symbol(path, "startup_trap") % 64 == 0
        assert words(path, member.code.origin + 8, 2) == (symbol(path, "startup_trap"),) * 2
    else:
        table = words(path, member.code.origin + (256 if name == "pico" else 0), 16)
        assert table[0] == member.data.origin + member.data.size_bytes
        assert table[0] % 8 == 0
        assert table[1] == symbol(path, "startup_reset") | 1
        assert all(entry & 1 and entry - member.code.origin < member.code.size_bytes for entry in table[1:])
        assert symbol(path, "link_vectors") % 128 == 0


def test_the_second_stage_of_the_rp2040_has_its_checksum() -> None:
    """CRC-32/MPEG-2, made of zlib's: that one is the same polynomial with all bits the other way round."""

    def mirrored(value: int, bits: int) -> int:
        return int(f"{value:0{bits}b}"[::-1], 2)

    stage = struct.pack("<64I", *words(program("pico"), 0x10000000, 64))
    crc = zlib.crc32(bytes(mirrored(byte, 8) for byte in stage[:252]))
    assert stage[252:] == struct.pack("<I", mirrored(crc ^ 0xFFFFFFFF, 32))


def test_the_rp2350_finds_an_image_definition() -> None:
    """RP2350 Datasheet, 5.1.5: markers, items of the sizes they say, a last item with their sum, a closed loop."""
    first = words(program("pico2"), 0x10000000, 1024 // 2)
    start = first.index(0xFFFFDED3)
    assert first[start + 4] == 0xAB123579
    item, last, loop = first[start + 1 : start + 4]
    assert (item & 0x7F, item >> 8 & 0xFF, item >> 16) == (0x42, 1, 0x1021)
    assert (last & 0xFF, last >> 8 & 0xFFFF, loop) == (0xFF, 1, 0)


@pytest.mark.parametrize("name", ["pico", "ch32v003", "arduino-uno"])
def test_make_builds_the_same_program(tmp_path: Path, name: str) -> None:
    for file, text in SOURCES.items():
        (tmp_path / file).write_text(text)
    command = ["make", "-s", "-C", str(FIRMWARE), f"BOARD={name}", f"MODEL={tmp_path}"]
    subprocess.run(command, check=True, capture_output=True)
    made, ours = (image_files(path, board(name))["bin"] for path in (tmp_path / f"build-{name}/program", program(name)))
    assert made == ours
    answer = subprocess.run([*command, "BOARD=nope"], check=False, capture_output=True, text=True)
    assert "unknown board nope: see ../targets/boards.toml" in answer.stderr


# Images


def test_hex_and_bin_hold_what_the_elf_loads() -> None:
    path = program("pico")
    files = image_files(path, board("pico"))
    image = IntelHex(io.StringIO(files["hex"].decode()))
    assert image.minaddr() == 0x10000000
    assert image.tobinstr() == files["bin"]
    assert struct.unpack_from("<64I", files["bin"]) == words(path, 0x10000000, 64)


def test_uf2_is_what_the_specification_says() -> None:
    files = image_files(program("pico"), board("pico"))
    blocks = [files["uf2"][i : i + 512] for i in range(0, len(files["uf2"]), 512)]
    content = b""
    for index, block in enumerate(blocks):
        assert len(block) == 512
        begin, second, flags, address, size, number, count, family = struct.unpack_from("<8I", block)
        assert (begin, second, block[-4:]) == (0x0A324655, 0x9E5D5157, bytes.fromhex("306fb10a"))
        assert (flags, address, size) == (0x2000, 0x10000000 + 256 * index, 256)
        assert (number, count, family) == (index, len(blocks), 0xE48BFF56)
        content += block[32 : 32 + size]
    assert content.rstrip(b"\0") == files["bin"].rstrip(b"\0")


def test_only_boards_that_read_uf2_get_it() -> None:
    assert set(image_files(program("bluepill"), board("bluepill"))) == {"elf", "hex", "bin"}


# What does not fit


def test_a_network_that_is_too_large_is_refused_with_both_numbers() -> None:
    dense = Dense(np.ones((80, 256), np.uint8), np.zeros(80, np.int64), FORMATS["int8"])
    source = Input(TensorType((256,), "uint8", 0, 255), 1.0, 0)
    large = generated(Graph("large", source, (Node("fc", dense, ("input",), "fc"),)))
    with pytest.raises(TargetError) as caught:
        build_board(large.sources, "net", board("ch32v003"))
    sentence = (
        r"net: takes 2\d,\d{3} B of flash with the program around it, ch32v003 has 16,384 B; the largest part is "
    )
    assert re.match(sentence + r"net_fc_weights, 20,480 B: use fewer bits or a smaller layer$", str(caught.value))


def test_a_network_whose_maps_are_too_large_is_refused_with_both_numbers() -> None:
    source = Input(TensorType((1900,), "uint8", 0, 255), 1.0, 0)
    dense = Dense(np.ones((1, 1900), np.uint8), np.zeros(1, np.int64), FORMATS["binary"])
    large = generated(Graph("large", source, (Node("fc", dense, ("input",), "fc"),)))
    with pytest.raises(TargetError) as caught:
        build_board(large.sources, "net", board("ch32v003"))
    sentence = (
        r"net: takes 2,\d{3} B of RAM with the program around it, ch32v003 has 2,048 B; scratch \d+ B, input 1,900 B"
    )
    assert re.match(sentence, str(caught.value))


def test_code_for_another_core_is_the_compilers_error() -> None:
    with pytest.raises(TargetError, match=r"^net for ch32v003: riscv64-unknown-elf-gcc failed\n"):
        build_board(SOURCES | {"net.c": "#error another core"}, "net", board("ch32v003"))
