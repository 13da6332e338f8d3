"""Every layout that a kernel names holds every weight of its format, exactly."""

import re
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcuexport.errors import FormatError
from mcuexport.pack import FORMATS, LAYOUTS, Codes, Layout, WeightFormat


def pairs_in_use() -> list[tuple[str, str]]:
    """(format, layout) of every kernel there is that reads packed weights."""
    found = set()
    for folder in (files("mcuexport") / "templates" / "kernels").iterdir():
        for header in folder.iterdir():
            match = re.fullmatch(r"mcx_(?:dense|depthwise3x3)_([a-z0-9]+)(_\w+)?\.h", header.name)
            layout = re.search(r"^ \* Layout: (\w+)\.", header.read_text(), re.MULTILINE)
            name = match[1].replace("bits", "binary") if match else ""
            if name in FORMATS and layout:
                found.add((name, layout[1]))
    return sorted(found)


PAIRS = pairs_in_use()


def codes_of(fmt: WeightFormat, shape: tuple[int, int], seed: int = 1) -> Codes:
    return np.random.default_rng(seed).integers(0, len(fmt.levels), shape).astype(np.uint8)


def test_every_layout_is_in_use() -> None:
    assert {layout for _, layout in PAIRS} == set(LAYOUTS)


def test_every_layout_knows_its_name() -> None:
    assert all(layout.name == name for name, layout in LAYOUTS.items())


@pytest.mark.parametrize(("format_name", "layout_name"), PAIRS)
@settings(max_examples=25, deadline=None)
@given(outputs=st.integers(1, 21), inputs=st.integers(1, 70), seed=st.integers(0, 99))
def test_unpack_is_the_inverse_of_pack(
    format_name: str, layout_name: str, outputs: int, inputs: int, seed: int
) -> None:
    fmt, layout = FORMATS[format_name], LAYOUTS[layout_name]
    codes = codes_of(fmt, (outputs, inputs), seed)
    words = layout.pack(codes, fmt)
    assert words.dtype == (np.int8 if layout_name == "bytes" else np.uint32)
    np.testing.assert_array_equal(layout.unpack(words, codes.shape, fmt), codes)


@pytest.mark.parametrize(("format_name", "layout_name"), PAIRS)
def test_every_code_survives_at_every_place(format_name: str, layout_name: str) -> None:
    fmt, layout = FORMATS[format_name], LAYOUTS[layout_name]
    for code in range(len(fmt.levels)):
        codes = np.full((13, 37), code, np.uint8)
        np.testing.assert_array_equal(layout.unpack(layout.pack(codes, fmt), codes.shape, fmt), codes)


@pytest.mark.parametrize(("format_name", "layout_name"), PAIRS)
def test_a_word_too_few_is_refused_with_both_numbers(format_name: str, layout_name: str) -> None:
    fmt, layout = FORMATS[format_name], LAYOUTS[layout_name]
    words = layout.pack(codes_of(fmt, (10, 64)), fmt)
    with pytest.raises(FormatError, match=rf"{format_name} weights 10x64 take \d+ words, got \d+"):
        layout.unpack(words[:-1], (10, 64), fmt)


@pytest.mark.parametrize(("format_name", "layout_name"), PAIRS)
def test_ten_outputs_are_not_stored_as_sixteen(format_name: str, layout_name: str) -> None:
    if layout_name == "slices":  # a word for each input, whose bits are 32 outputs
        return
    fmt, layout = FORMATS[format_name], LAYOUTS[layout_name]

    def words(outputs: int) -> int:
        return layout.pack(codes_of(fmt, (outputs, 64)), fmt).size

    assert words(10) <= 0.8 * words(16)


def largest_sum(codes: Codes, groups: int, inputs: int) -> int:
    """By brute force: the largest sum of even outputs' codes over `groups` aligned groups of inputs."""
    even, size = codes[::2].astype(int), groups * inputs
    return max(int(row[at : at + size].sum()) for row in even for at in range(0, codes.shape[1], size))


@pytest.mark.parametrize(
    ("name", "layout", "width"), [("sym2", "digits2", 14), ("ternary", "digits2", 14), ("binary", "digits1", 15)]
)
@pytest.mark.parametrize("kind", ["random", "highest", "lowest"])
def test_the_periods_of_digits_are_proven_from_the_weights(name: str, layout: str, width: int, kind: str) -> None:
    fmt, inputs = FORMATS[name], 16 // (16 - width)
    fill = {"highest": len(fmt.levels) - 1, "lowest": 0}
    codes = codes_of(fmt, (6, 300)) if kind == "random" else np.full((6, 300), fill[kind], np.uint8)
    word = int(LAYOUTS[layout].pack(codes, fmt)[0])
    for period, magnitude in ((word & 0xFFFF, 127), (word >> 16, 255), (word >> 16, 256)):
        assert period >= 1
        assert magnitude * largest_sum(codes, period, inputs) < 1 << width


@pytest.mark.parametrize("kind", ["random", "highest", "lowest"])
def test_the_periods_of_sevens_are_proven_from_the_weights(kind: str) -> None:
    fmt, fill = FORMATS["radix23"], {"highest": 22, "lowest": 0}
    codes = codes_of(fmt, (9, 301)) if kind == "random" else np.full((9, 301), fill[kind], np.uint8)
    levels = fmt.decode(codes)
    word = int(LAYOUTS["sevens"].pack(codes, fmt)[0])
    for period, magnitude in ((word & 0xFFFF, 127), (word >> 16, 256)):
        assert period >= 2
        for at in range(0, 301, 4 * period):
            part = levels[:, at : at + 4 * period]
            assert magnitude * part.clip(min=0).sum(axis=1).max() < 1 << 15
            assert magnitude * part.clip(max=0).sum(axis=1).min() > -1 << 15


def test_a_layout_is_a_layout() -> None:
    layouts: list[Layout] = list(LAYOUTS.values())
    assert len({layout.name for layout in layouts}) == len(layouts)
