"""Weight formats: every level, every tie, every code of a word, from tables written here a second time."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mcuexport.errors import FormatError
from mcuexport.pack import FORMATS, LAYOUTS, ROWS, Layout, WeightFormat, weight_format, words_for

# By code.  NF4: the sixteen NormalFloat4 values of Dettmers et al. 2023, appendix E.
NORMAL_FLOAT_4 = """-1.0 -0.6961928009986877 -0.5250730514526367 -0.39491748809814453 -0.28444138169288635
    -0.18477343022823334 -0.09105003625154495 0.0 0.07958029955625534 0.16093020141124725 0.24611230194568634
    0.33791524171829224 0.44070982933044434 0.5626170039176941 0.7229568362236023 1.0""".split()
LEVELS: dict[str, list[int]] = {
    "binary": [-1, 1],
    "ternary": [-1, 0, 1],
    "sym2": [-3, -1, 1, 3],
    "sym4": [-15, -13, -11, -9, -7, -5, -3, -1, 1, 3, 5, 7, 9, 11, 13, 15],
    "int4": list(range(-8, 8)),
    "fp130": [1, 2, 4, 8, 16, 32, 64, 128, -1, -2, -4, -8, -16, -32, -64, -128],
    "radix23": list(range(-11, 12)),
    "nf4": [round(127 * float(value)) for value in NORMAL_FLOAT_4],
    "int8": list(range(-127, 128)),
}
STORED_BITS = {"binary": 1, "ternary": 1.6, "sym2": 2, "sym4": 4, "int4": 4, "fp130": 4, "nf4": 4, "int8": 8}
STORED_BITS["radix23"] = 32 / 7
ALIASES = {
    "Binary": "binary",
    "Ternary": "ternary",
    "2bitsym": "sym2",
    "4bitsym": "sym4",
    "4bit": "int4",
    "FP130": "fp130",
    "FP1.3.0": "fp130",
    "NF4": "nf4",
    "8bit": "int8",
    "4.6bit": "radix23",
    "4.57bit": "radix23",
}
every_format = pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)


def some_codes(fmt: WeightFormat, *shape: int, seed: int = 11) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, len(fmt.levels), shape).astype(np.uint8)


def code_by_code(codes: Sequence[int], fmt: WeightFormat) -> list[int]:
    """The words of one output, as the formats' docstrings draw them."""
    per_word = round(32 / STORED_BITS[fmt.name])
    words = []
    for start in range(0, len(codes), per_word):
        part = [*codes[start : start + per_word], *[0] * per_word][:per_word]
        if fmt.name == "ternary":
            fives = [part[i : i + 5] for i in range(0, 20, 5)]
            numbers = [81 * a + 27 * b + 9 * c + 3 * d + e for a, b, c, d, e in fives]
            words.append(sum((256 * n + 242) // 243 << 8 * j for j, n in enumerate(numbers)))
        elif fmt.name == "radix23":
            number = sum(code * 23 ** (6 - i) for i, code in enumerate(part))
            words.append(((number << 32) + 23**7 - 1) // 23**7)
        else:
            words.append(sum(code << i * (32 // per_word) for i, code in enumerate(part)))
    return words


@every_format
def test_every_code_has_the_level_that_is_documented(fmt: WeightFormat) -> None:
    assert list(fmt.levels) == LEVELS[fmt.name]
    codes = np.arange(len(fmt.levels), dtype=np.uint8)
    assert_array_equal(fmt.decode(codes), LEVELS[fmt.name])
    assert_array_equal(fmt.encode(LEVELS[fmt.name]), codes)
    assert fmt.max_level == max(map(abs, LEVELS[fmt.name]))
    assert fmt.stored_bits == STORED_BITS[fmt.name]


@every_format
def test_quantize_takes_the_nearest_level_and_the_larger_of_two(fmt: WeightFormat) -> None:
    reach = fmt.max_level + 2
    values = np.arange(-reach * 64, reach * 64 + 1) / 64  # exact, every tie among them
    distances = np.abs(values[:, None] - np.array(sorted(fmt.levels))[::-1])
    nearest = np.array(sorted(fmt.levels))[::-1][distances.argmin(axis=1)]  # the first, so the larger, of equals
    assert_array_equal(fmt.decode(fmt.quantize(values)), nearest)


@every_format
def test_a_hair_below_a_tie_takes_the_smaller_level(fmt: WeightFormat) -> None:
    levels = sorted(fmt.levels)
    ties = np.array([(a + b) / 2 for a, b in pairwise(levels)])
    assert_array_equal(fmt.decode(fmt.quantize(np.nextafter(ties, -np.inf))), levels[:-1])
    assert_array_equal(fmt.decode(fmt.quantize(ties)), levels[1:])


@every_format
def test_quantize_clips_what_lies_outside(fmt: WeightFormat) -> None:
    assert_array_equal(fmt.decode(fmt.quantize([-1e300, 1e300])), [min(fmt.levels), max(fmt.levels)])


@every_format
def test_quantize_keeps_shapes(fmt: WeightFormat) -> None:
    assert fmt.quantize(np.zeros((3, 0))).shape == (3, 0)
    assert fmt.quantize(0.5).shape == ()
    assert fmt.quantize(np.zeros((2, 3, 4))).shape == (2, 3, 4)


@every_format
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_quantize_refuses_what_is_no_number(fmt: WeightFormat, bad: float) -> None:
    with pytest.raises(FormatError, match=r"^2 of 6 weights are NaN or infinite$"):
        fmt.quantize([[0, bad, 1], [bad, 2, 3]])


@every_format
def test_encode_refuses_an_integer_that_is_no_level(fmt: WeightFormat) -> None:
    wrong = next(v for v in range(200) if v not in fmt.levels)
    sentence = f"{wrong} is no level of {fmt.name} {sorted(fmt.levels)}"
    with pytest.raises(FormatError, match=f"^{re.escape(sentence)}$"):
        fmt.encode([fmt.levels[0], wrong])


@every_format
@pytest.mark.parametrize("inputs", range(1, 71))
def test_rows_of_any_length_are_packed_as_drawn_and_come_back(fmt: WeightFormat, inputs: int) -> None:
    codes = some_codes(fmt, 3, inputs, seed=inputs)
    words = ROWS.pack(codes, fmt)
    assert words.dtype == np.uint32
    assert words.tolist() == [word for row in codes.tolist() for word in code_by_code(row, fmt)]
    assert words.size == 3 * words_for(inputs, fmt)
    assert_array_equal(ROWS.unpack(words, (3, inputs), fmt), codes)


@every_format
def test_every_word_of_equal_codes_comes_back(fmt: WeightFormat) -> None:
    codes = np.repeat(np.arange(len(fmt.levels), dtype=np.uint8)[:, None], 41, axis=1)
    assert_array_equal(ROWS.unpack(ROWS.pack(codes, fmt), codes.shape, fmt), codes)


def test_every_five_trits_are_one_byte_and_come_back() -> None:
    codes = np.array(np.meshgrid(*[range(3)] * 5, indexing="ij")).reshape(5, -1).T.astype(np.uint8)
    words = ROWS.pack(codes, FORMATS["ternary"])
    assert len(set(words.tolist())) == 243
    assert words.max() < 256 + (1 << 32) - (1 << 8)
    assert_array_equal(ROWS.unpack(words, codes.shape, FORMATS["ternary"]), codes)


def test_the_first_and_the_last_fraction_of_digits_of_radix23_carry_them_out() -> None:
    """What a digit is at the first and at the last word that has it, it is at all words between."""
    for place in range(7):
        above, below = 23**place, 23 ** (6 - place)
        for first in range(0, above, max(1, above // 2003)):
            numbers = [(23 * first + digit) * below + rest for digit in range(23) for rest in (0, below - 1)]
            codes = np.array([[n // 23 ** (6 - i) % 23 for i in range(7)] for n in numbers], np.uint8)
            words = FORMATS["radix23"].coding.join(codes)
            assert words.tolist() == [-(-(n << 32) // 23**7) for n in numbers]
            assert_array_equal(FORMATS["radix23"].coding.split(words), codes)


@every_format
def test_unpack_refuses_another_number_of_words(fmt: WeightFormat) -> None:
    words = ROWS.pack(some_codes(fmt, 3, 21), fmt)
    sentence = f"{fmt.name} weights 3x21 take {words.size} words, got {words.size - 1}"
    with pytest.raises(FormatError, match=f"^{sentence}$"):
        ROWS.unpack(words[:-1], (3, 21), fmt)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_is_found_by_its_name(layout: Layout) -> None:
    assert LAYOUTS[layout.name] is layout


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_names_of_other_tools_are_understood_in_any_case(alias: str, name: str) -> None:
    for spelling in (alias, alias.lower(), alias.upper()):
        assert weight_format(spelling) is FORMATS[name]


def test_no_two_formats_share_a_name() -> None:
    names = [name.lower() for fmt in FORMATS.values() for name in (fmt.name, *fmt.aliases)]
    assert len(names) == len(set(names))
    assert [fmt.name for fmt in FORMATS.values()] == list(FORMATS)


@pytest.mark.parametrize(
    ("wrong", "hint"), [("sym5", "; did you mean sym4?"), ("Turnary", "; did you mean ternary?"), ("", ""), ("é", "")]
)
def test_an_unknown_format_is_met_with_the_nearest(wrong: str, hint: str) -> None:
    with pytest.raises(FormatError) as caught:
        weight_format(wrong)
    assert str(caught.value) == f"unknown weight format {wrong!r}{hint} (formats: {', '.join(FORMATS)})"


@every_format
def test_entropy_is_the_capacity_if_all_levels_are_used_alike(fmt: WeightFormat) -> None:
    levels = np.repeat(np.array(fmt.levels, np.int32), 7)
    assert fmt.entropy(levels) == pytest.approx(fmt.capacity_bits, abs=1e-12)
    assert fmt.capacity_bits == pytest.approx(np.log2(len(fmt.levels)), abs=0)
    assert str(fmt.entropy(levels[:5])) == "0.0"


def test_entropy_of_unequal_shares_is_shannons() -> None:
    assert FORMATS["sym2"].entropy(np.array([1, 1, 1, 1, -1, -1, 3, -3], np.int32)) == 1.75
