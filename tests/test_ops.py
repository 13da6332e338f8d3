"""Every operator against slow integers of plain Python, written from the docstrings; and what is refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from reference import MEANINGS, rounded

from mcuexport.errors import GraphError, OverflowRisk
from mcuexport.ops import (
    OPS,
    Add,
    Argmax,
    Binarize,
    Concat,
    Conv2d,
    Dense,
    DynamicShift,
    Flip,
    MaxPool,
    Op,
    Requantize,
    RequantizePRelu,
    RequantizeShift,
    StreamConv2d,
    StreamDense,
    SumPool,
    Table,
    TensorType,
    Threshold,
    Unpack,
    Window,
    shift_half_up,
)
from mcuexport.pack import FORMATS

INT32_MAX = 2**31 - 1
RNG = np.random.default_rng(20)


# Cases


def u8(*shape: int) -> TensorType:
    return TensorType(shape, "uint8", 0, 255)


def s8(*shape: int) -> TensorType:
    return TensorType(shape, "int8", -128, 127)


def s32(reach: int, *shape: int) -> TensorType:
    return TensorType(shape, "int32", -reach, reach)


def bit(*shape: int) -> TensorType:
    return TensorType(shape, "bit", -1, 1)


def codes(fmt: str, *shape: int) -> NDArray[np.uint8]:
    return RNG.integers(0, len(FORMATS[fmt].levels), shape).astype(np.uint8)


def ints(reach: int, *shape: int) -> NDArray[np.int64]:
    return RNG.integers(-reach, reach + 1, shape)


def window(kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Window:
    return Window((kernel, kernel), (stride, stride), (padding,) * 4, (dilation, dilation))


@dataclass(frozen=True)
class Case:
    op: Op
    inputs: tuple[TensorType, ...]


ODD = Window((2, 3), (2, 1), (1, 0, 2, 1), (1, 2))
CASES = [
    *(Case(Dense(codes(f, 3, 37), ints(999, 3), FORMATS[f]), (u8(37),)) for f in FORMATS),
    *(Case(Dense(codes(f, 3, 37), np.zeros(3, np.int64), FORMATS[f]), (s8(37),)) for f in FORMATS),
    Case(Dense(codes("int8", 2, 24), ints(9, 2), FORMATS["int8"]), (u8(2, 3, 4),)),
    Case(Dense(codes("int8", 1, 1), ints(9, 1), FORMATS["int8"]), (s8(1),)),
    Case(Dense(np.full((2, 64000), 254, np.uint8), ints(9, 2), FORMATS["int8"]), (u8(64000),)),  # needs float64
    *(
        Case(Conv2d(codes(f, 2, 3, 3, 2), ints(9, 2), FORMATS[f], window(3, 2, 1), 1, 7), (u8(5, 5, 2),))
        for f in FORMATS
    ),
    Case(Conv2d(codes("sym4", 4, 2, 3, 2), ints(9, 4), FORMATS["sym4"], ODD, 2, -128), (s8(4, 6, 4),)),
    Case(Conv2d(codes("int4", 3, 3, 3, 1), ints(9, 3), FORMATS["int4"], window(3, 1, 2, 2), 3, 255), (u8(5, 6, 3),)),
    Case(Conv2d(codes("nf4", 3, 1, 1, 5), ints(9, 3), FORMATS["nf4"], window(1)), (s8(3, 2, 5),)),
    *(Case(StreamDense(codes("int8", 3, 7), ints(99, 3), FORMATS["int8"], n), (s8(7),)) for n in (32, 96)),
    Case(StreamConv2d(codes("int8", 4, 2, 3, 2), ints(9, 4), FORMATS["int8"], ODD, 2, -128, 32), (s8(3, 4, 4),)),
    *(
        Case(Requantize(ints(999, 4), ints(99999, 4), s, -128, 127, p, n), (s32(9999 << p, 3, 4),))
        for s, p, n in [(1, 0, 0), (12, 0, 0), (12, 3, 0), (9, 0, 3), (9, 4, 2), (20, 16, 0)]
    ),
    Case(Requantize(ints(32767, 4), ints(9999, 4), 12, -3, 99), (s8(2, 2, 4),)),
    Case(Requantize(ints(32767, 4), ints(9999, 4), 12, 0, 127), (u8(2, 2, 4),)),
    Case(Requantize(ints(999, 4), ints(9999, 4), 4, -(2**31), INT32_MAX, 1, dtype="int32"), (s32(99999, 4),)),
    *(
        Case(
            RequantizeShift(np.array([1, -1, 1, -1]), ints(9999, 4), np.array([0, 1, 9, 31 - n]), -99, 127, n),
            (s32(2**29, 3, 4),),
        )
        for n in (0, 3)
    ),
    *(
        Case(RequantizePRelu(ints(999, 2, 4), ints(99999, 2, 4), 13, -128, 127, p), (s32(9999 << p, 3, 4),))
        for p in (0, 3)
    ),
    *(
        Case(DynamicShift(c, r), (s32(reach, 7),))
        for c in (False, True)
        for r in (False, True)
        for reach in (1, 127, 128, 255, 99999)
    ),
    *(Case(DynamicShift(c, True), (s32(9999, 2, 3, 2),)) for c in (False, True)),
    Case(DynamicShift(), (s32(INT32_MAX - (1 << 24), 3),)),
    Case(Table(ints(127, 256)), (s8(5, 60),)),
    Case(Table(ints(127, 256)), (TensorType((128,), "int8", 0, 127),)),
    *(
        Case(MaxPool(w), (t,))
        for w in (window(2, 2), window(3, 2, 1), Window((1, 3), (1, 2), (0, 0, 2, 1)))
        for t in (s8(5, 6, 3), u8(5, 6, 3))
    ),
    *(
        Case(SumPool(w, p), (t,))
        for w, p in ((window(2, 2), 0), (window(3, 1, 1), 5), (window(5), 0))
        for t in (s8(5, 5, 3), u8(5, 5, 3))
    ),
    *(
        Case(Add((257, -300), 999, 8, -100, 90), (a, b))
        for a in (s8(2, 3, 2), u8(2, 3, 2))
        for b in (s8(2, 3, 2), u8(2, 3, 2))
    ),
    Case(Concat(), (s8(2, 3, 1), s8(2, 3, 4), s8(2, 3, 2))),
    Case(Concat(), (u8(5), u8(3))),
    Case(Dense(codes("binary", 3, 37), ints(99, 3), FORMATS["binary"]), (bit(37),)),
    Case(Dense(codes("binary", 3, 24), ints(99, 3), FORMATS["binary"]), (bit(2, 3, 4),)),
    Case(Conv2d(codes("binary", 3, 3, 3, 5), ints(9, 3), FORMATS["binary"], window(3, 2, 1), 1, -1), (bit(5, 6, 5),)),
    Case(Conv2d(codes("binary", 4, 1, 1, 32), ints(9, 4), FORMATS["binary"], window(1), 2, -1), (bit(2, 2, 64),)),
    Case(MaxPool(window(2, 2)), (bit(5, 6, 3),)),
    *(
        Case(Threshold(ints(99, 4), np.array([0, 1, 1, 0])), (kind,))
        for kind in (s32(99, 2, 3, 4), s8(3, 4), u8(4), s32(INT32_MAX, 4))
    ),
    *(Case(Binarize(7), (kind,)) for kind in (u8(3, 4, 1), s8(37))),
    Case(Flip(np.array([0, 1, 1])), (bit(2, 2, 3),)),
    Case(Unpack(), (bit(2, 2, 3),)),
    Case(Argmax(), (s32(3, 5),)),
    Case(Argmax(), (s32(INT32_MAX, 1),)),
]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.op.kind)


def batch(kind: TensorType, seed: int) -> NDArray[Any]:
    """All lowest, all highest, both in turn, zeros (or the lowest), random ones."""
    rng = np.random.default_rng(seed)
    count = 12 if kind.size < 1000 else 4
    x = rng.integers(kind.lo, kind.hi + 1, (count, kind.size))
    x[0], x[1] = kind.lo, kind.hi
    x[2, ::2], x[2, 1::2] = kind.lo, kind.hi
    x[3] = max(kind.lo, 0)
    if kind.dtype == "bit":
        x = np.where(x < 0, -1, 1)
    return x.reshape(count, *kind.shape).astype(NUMPY.get(kind.dtype, kind.dtype))


NUMPY = {"bit": "int8"}


def test_every_operator_has_a_case_and_a_meaning() -> None:
    assert set(MEANINGS) == set(OPS)
    assert {case.op.kind for case in CASES} == set(OPS)


@pytest.mark.parametrize("kind", OPS)
def test_every_operator_is_registered_under_its_kind(kind: str) -> None:
    assert OPS[kind].kind == kind


@every_case
def test_run_is_what_the_docstring_says(case: Case) -> None:
    inputs = [batch(kind, seed) for seed, kind in enumerate(case.inputs, 1)]
    result, promised = case.op.run(*inputs), case.op.output(*case.inputs)
    expected = [MEANINGS[case.op.kind](case.op, *(x.astype(object) for x in xs)) for xs in zip(*inputs, strict=True)]
    assert_array_equal(result, np.array(expected, dtype=np.int64))
    assert result.dtype == NUMPY.get(promised.dtype, promised.dtype)
    assert result.shape[1:] == promised.shape
    assert promised.lo <= result.min()
    assert result.max() <= promised.hi


@every_case
def test_run_takes_wide_integers_and_no_samples(case: Case) -> None:
    inputs = [batch(kind, seed) for seed, kind in enumerate(case.inputs, 1)]
    assert_array_equal(case.op.run(*(x.astype(np.int64) for x in inputs)), case.op.run(*inputs))
    assert case.op.run(*(x[:0] for x in inputs)).shape == (0, *case.op.output(*case.inputs).shape)


@every_case
def test_run_leaves_its_inputs_alone(case: Case) -> None:
    inputs = [batch(kind, seed) for seed, kind in enumerate(case.inputs, 1)]
    copies = [x.copy() for x in inputs]
    for x in inputs:
        x.setflags(write=False)
    case.op.run(*inputs)
    for x, copy in zip(inputs, copies, strict=True):
        assert_array_equal(x, copy)


@every_case
def test_the_range_of_sums_is_reached(case: Case) -> None:
    """For operators that promise int32 sums of bytes, some input gives the highest and one the lowest."""
    if type(case.op) is Dense:
        (kind,) = case.inputs
        levels = case.op.levels.astype(np.int64)
        highest = np.where(levels > 0, kind.hi, kind.lo) * levels
        lowest = np.where(levels > 0, kind.lo, kind.hi) * levels
        promised = case.op.output(kind)
        assert (highest.sum(axis=1) + case.op.bias).max() == promised.hi
        assert (lowest.sum(axis=1) + case.op.bias).min() == promised.lo


@pytest.mark.parametrize("length", [32, 96, 1024])
def test_the_range_of_a_counter_is_reached(length: int) -> None:
    op = StreamDense(codes("int8", 3, 9), ints(99, 3), FORMATS["int8"], length)
    kind = TensorType((9,), "int8", -100, 90)
    every = np.repeat(np.arange(kind.lo, kind.hi + 1)[:, None], 9, axis=1)
    promised = op.output(kind)
    alone = [
        StreamDense(op.codes[:, i : i + 1], np.zeros(3, np.int64), FORMATS["int8"], length).run(every[:, :1])
        for i in range(9)
    ]
    assert max(sum(part.max(axis=0) for part in alone) + op.bias) == promised.hi
    assert min(sum(part.min(axis=0) for part in alone) + op.bias) == promised.lo


@pytest.mark.parametrize("shift", range(32))
def test_a_half_is_rounded_up(shift: int) -> None:
    half = (1 << shift) >> 1
    values = np.array(
        [v + d for v in (-3 << shift, -1 << shift, 0, 1 << shift) for d in (-half - 1, -half, half - 1, half)]
    )
    assert_array_equal(shift_half_up(values, shift), [rounded(int(v), shift) for v in values])


# Overflow: refused just beyond the bound, taken at it


def one(value: int) -> NDArray[np.int64]:
    return np.array([value])


def full_dense(bias: int) -> Dense:
    """8-bit weights at their limits whose second output can reach 255 * 127 * 1000 + bias."""
    levels = np.array([[1] * 1000, [-127, 127] * 500])
    return Dense(FORMATS["int8"].encode(levels), np.array([0, bias]), FORMATS["int8"])


def full_conv(bias: int) -> Conv2d:
    levels = FORMATS["int8"].encode(np.full((1, 2, 2, 3), -127))
    return Conv2d(levels, one(bias), FORMATS["int8"], window(2, 1, 1), 1, -128)


AT_THE_BOUND: dict[str, tuple[Callable[[int], Op], tuple[TensorType, ...], int, str]] = {
    # by name: the operator for a number, its input, the largest number it takes, what can overflow
    "dense": (full_dense, (u8(1000),), INT32_MAX - 255 * 127_000, "accumulator of output 1"),
    "dense_negative": (lambda b: full_dense(-b), (u8(1000),), INT32_MAX - 255 * 127_000, "accumulator of output 1"),
    "conv2d": (full_conv, (s8(3, 3, 3),), INT32_MAX - 128 * 127 * 12, "accumulator of output 0"),
    "requantize": (
        lambda b: Requantize(one(-32767), one(b), 20, -128, 127),
        (s32(9999, 1),),
        INT32_MAX - 9999 * 32767 - (1 << 19),
        "requantized product",
    ),
    "requantize_negative_shift": (
        lambda b: Requantize(one(77), one(-b), 20, -128, 127, 0, 5),
        (s32(9999, 1),),
        INT32_MAX - 9999 * 77 - (1 << 24),
        "requantized product",
    ),
    "requantize_pre_shift": (
        lambda b: Requantize(one(32767), one(b), 12, -128, 127, 4),
        (s32(99999, 1),),
        INT32_MAX - 6250 * 32767 - (1 << 11),
        "requantized product",
    ),
    "requantize_shift": (
        lambda b: RequantizeShift(one(-1), one(b), one(24), -128, 127, 3),
        (s32(99999, 1),),
        INT32_MAX - 99999 - (1 << 26),
        "shifted accumulator",
    ),
    "requantize_prelu": (
        lambda b: RequantizePRelu(np.array([[1], [-999]]), np.array([[0], [b]]), 9, -128, 127),
        (s32(99999, 1),),
        INT32_MAX - 99999 * 999 - (1 << 8),
        "requantized product",
    ),
    "add": (
        lambda b: Add((-(2**20), 2**21), b, 16),
        (s8(2, 2, 1), u8(2, 2, 1)),
        INT32_MAX - 128 * 2**20 - 255 * 2**21 - (1 << 15),
        "sum of both branches",
    ),
}


@pytest.mark.parametrize("name", AT_THE_BOUND)
def test_a_sum_that_just_fits_is_taken_and_right(name: str) -> None:
    make, inputs, largest, _ = AT_THE_BOUND[name]
    op = make(largest)
    assert op.output(*inputs).size > 0
    xs = [batch(kind, seed) for seed, kind in enumerate(inputs)]
    expected = [MEANINGS[op.kind](op, *(x.astype(object) for x in parts)) for parts in zip(*xs, strict=True)]
    assert_array_equal(op.run(*xs), np.array(expected, np.int64))


@pytest.mark.parametrize("name", AT_THE_BOUND)
def test_a_sum_that_is_one_too_large_is_refused_with_both_numbers(name: str) -> None:
    make, inputs, largest, what = AT_THE_BOUND[name]
    with pytest.raises(OverflowRisk) as caught:
        make(largest + 1).output(*inputs)
    assert str(caught.value) == f"{what} can reach 2147483648, int32 holds 2147483647"


@pytest.mark.parametrize(("center", "reach"), [(False, INT32_MAX - 2**24), (True, (INT32_MAX - 2**24) // 14)])
def test_a_dynamic_shift_takes_what_leaves_room_for_its_rounding(center: bool, reach: int) -> None:
    op = DynamicShift(center)
    assert op.output(s32(reach, 7)).hi == 127
    bound = 14 * (reach + 1) if center else reach + 1
    with pytest.raises(OverflowRisk) as caught:
        op.output(s32(reach + 1, 7))
    sentence = f"normalised accumulator with rounding can reach {bound + 2**24}, int32 holds 2147483647"
    assert str(caught.value) == sentence


def test_a_sum_of_a_huge_window_is_refused() -> None:
    kind = TensorType((2900, 2904, 1), "uint8", 0, 255)
    assert SumPool(Window((2900, 2903))).output(kind).hi == 255 * 2900 * 2903
    with pytest.raises(OverflowRisk) as caught:
        SumPool(Window((2900, 2904))).output(kind)
    assert str(caught.value) == f"sum of a window can reach {255 * 2900 * 2904}, int32 holds 2147483647"


# Shapes and types


INT8 = FORMATS["int8"]


def bit_conv(groups: int, pad_value: int) -> Conv2d:
    weights = codes("binary", 2, 3, 3, 8 // groups)
    return Conv2d(weights, ints(1, 2), FORMATS["binary"], window(3, 1, 1), groups, pad_value)


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("weights take 3 inputs, got 4 (2x2)", lambda: Dense(codes("int8", 2, 3), ints(1, 2), INT8).output(u8(2, 2))),
    ("takes uint8 or int8, got int32", lambda: Dense(codes("int8", 2, 3), ints(1, 2), INT8).output(s32(9, 3))),
    ("2 outputs need as many biases, got (3,)", lambda: Dense(codes("int8", 2, 3), ints(1, 3), INT8)),
    ("as many multipliers as offsets are needed", lambda: Requantize(ints(9, 3), ints(9, 2), 9, 0, 127)),
    ("shift 0 is not in 1..31", lambda: Requantize(ints(9, 3), ints(9, 3), 0, 0, 127)),
    ("shift 32 is not in 1..31", lambda: Requantize(ints(9, 3), ints(9, 3), 32, 0, 127)),
    ("multipliers must fit int16", lambda: Requantize(one(32768), one(0), 9, 0, 127)),
    ("has 3 multipliers, got 4 channels", lambda: Requantize(ints(9, 3), ints(9, 3), 9, 0, 127).output(s32(9, 3, 4))),
    ("as many signs as offsets and shifts", lambda: RequantizeShift(one(1), one(0), np.array([1, 2]), 0, 127)),
    ("signs must be +1 or -1", lambda: RequantizeShift(one(0), one(0), one(1), 0, 127)),
    ("shifts must be in 0..31, got 32", lambda: RequantizeShift(one(1), one(0), one(30), 0, 127, 2)),
    ("takes int32, got int8", lambda: RequantizeShift(one(1), one(0), one(3), 0, 127).output(s8(1))),
    ("has 1 shifts, got 2 channels", lambda: RequantizeShift(one(1), one(0), one(3), 0, 127).output(s32(9, 2))),
    ("two rows of both constants are needed", lambda: RequantizePRelu(ints(9, 3), ints(9, 3), 9, 0, 127)),
    ("shift 0 is not in 1..31", lambda: RequantizePRelu(ints(9, 2, 3), ints(9, 2, 3), 0, 0, 127)),
    ("takes int32, got uint8", lambda: DynamicShift().output(u8(3))),
    ("a table has 256 entries, got 255", lambda: Table(np.zeros(255, np.int64))),
    ("table entries must fit int8", lambda: Table(np.full(256, 128))),
    ("takes int8, got uint8", lambda: Table(np.zeros(256, np.int64)).output(u8(3))),
    ("as many thresholds as flips are needed", lambda: Threshold(ints(9, 3), ints(1, 2))),
    ("has 3 thresholds, got 4 channels", lambda: Threshold(ints(9, 3), ints(0, 3)).output(s8(4))),
    ("takes int32 or uint8 or int8, got bit", lambda: Threshold(ints(9, 3), ints(0, 3)).output(bit(3))),
    ("takes bit, got int8", lambda: Unpack().output(s8(3))),
    ("bits take binary weights, got int8", lambda: Dense(codes("int8", 2, 3), ints(1, 2), INT8).output(bit(3))),
    ("outside a map of bits stands -1, not 0", lambda: bit_conv(1, 0).output(bit(3, 3, 8))),
    (
        "2 groups of 4 bits do not begin with a word; use groups of 32",
        lambda: bit_conv(2, -1).output(bit(3, 3, 8)),
    ),
    ("takes int32, got int8", lambda: Argmax().output(s8(3))),
    ("takes a map (height, width, channels), got shape (4,)", lambda: MaxPool(window(2)).output(s8(4))),
    ("window 3x3 is larger than the padded map 2x4", lambda: SumPool(window(3)).output(s8(2, 4, 1))),
    ("takes int8 or uint8 or bit, got int32", lambda: MaxPool(window(2)).output(s32(9, 4, 4, 1))),
    ("padding must not be negative, got (0, 0, 0, -1)", lambda: Window((2, 2), (1, 1), (0, 0, 0, -1))),
    ("adds maps of one shape, got (2, 2, 1) and (2, 2, 2)", lambda: Add((1, 1), 0, 1).output(s8(2, 2, 1), s8(2, 2, 2))),
    ("shift 0 is not in 1..31", lambda: Add((1, 1), 0, 0)),
    ("clamp -129..127 must fit int8", lambda: Add((1, 1), 0, 1, -129)),
    ("joins int8 (2, 2) maps, got int8 (2, 3)", lambda: Concat().output(s8(2, 2, 1), s8(2, 3, 1))),
    ("weights take 3 channels, got 2", lambda: full_conv(0).output(s8(3, 3, 2))),
    ("pad_value -128 is no uint8", lambda: full_conv(0).output(u8(3, 3, 3))),
    (
        "1 outputs do not divide into 2 groups",
        lambda: Conv2d(codes("int8", 1, 1, 1, 1), one(0), INT8, window(1), 2),
    ),
]


@pytest.mark.parametrize(("sentence", "make"), REFUSED, ids=[sentence for sentence, _ in REFUSED])
def test_what_does_not_fit_is_refused_with_a_sentence(sentence: str, make: Callable[[], Any]) -> None:
    with pytest.raises(GraphError, match=f"^{re.escape(sentence)}$"):
        make()


def prelu(lo: int, hi: int, pre_shift: int) -> RequantizePRelu:
    return RequantizePRelu(np.ones((2, 3), np.int64), np.zeros((2, 3), np.int64), 4, lo, hi, pre_shift)


def static(lo: int, hi: int, pre_shift: int) -> Requantize:
    return Requantize(np.ones(3, np.int64), np.zeros(3, np.int64), 4, lo, hi, pre_shift)


@pytest.mark.parametrize("make", [prelu, static])
def test_requantization_refuses_a_clamp_beyond_int8_and_a_long_pre_shift(
    make: Callable[[int, int, int], object],
) -> None:
    with pytest.raises(GraphError, match=r"^clamp -129\.\.127 must fit int8$"):
        make(-129, 127, 0)
    with pytest.raises(GraphError, match=r"^clamp 0\.\.128 must fit int8$"):
        make(0, 128, 0)
    with pytest.raises(GraphError, match=r"^pre_shift 17 is not in 0\.\.16$"):
        make(0, 127, 17)


@pytest.mark.parametrize(
    ("parts", "pre_shift", "fits"),
    [(32767, 0, True), (32768, 0, False), (-32768, 0, True), (-32769, 0, False), (9, 1, True)],
)
def test_a_word_holds_a_multiplier_and_an_offset_of_16_bits(parts: int, pre_shift: int, fits: bool) -> None:
    """parts: the offset with its last rounding, in 128ths of a step."""
    multiplier = np.array([-3, 5])
    op = Requantize(multiplier, np.array([(parts << 5) - (1 << 11)] * 2), 12, -128, 127, pre_shift)
    if not fits:
        assert op.words is None
        return
    assert op.words is not None
    assert (op.words >> 16).tolist() == [parts, parts]
    assert (op.words & 0xFFFF).astype(np.uint16).view(np.int16).tolist() == multiplier.tolist()


@pytest.mark.parametrize(
    ("shift", "magnitude", "kernel"),
    [
        (23, 2**31 - 1, "requantize"),
        (24, 9, "requantize_apart"),
        (12, 2**20 - 1, "requantize"),
        (12, 2**20, "requantize_apart"),
    ],
)
def test_words_are_used_where_a_product_of_48_bits_has_room(shift: int, magnitude: int, kernel: str) -> None:
    op = Requantize(ints(1, 4), np.zeros(4, np.int64), shift, -128, 127)
    assert op.call(s32(magnitude, 4)).kernel == kernel
    assert op.call_apart(s32(magnitude, 4)).kernel == "requantize_apart"


def test_channels_that_are_scaled_alike_need_no_constants() -> None:
    op = Requantize(np.array([5, 5, 5]), np.array([-7, -7, -7]), 4, 0, 127, 2)
    call = op.call(s32(1000, 3))
    assert (call.kernel, dict(call.constants)) == ("requantize_line", {})
    assert call.args == ("x", 5, -7 + 8, 2, 4, 0, 127, "y", 1, 3)
    assert Requantize(np.array([5, 5]), np.array([-7, -6]), 4, 0, 127).call(s32(1000, 2)).constants
    assert op.call(TensorType((3,), "int8", -128, 127)).constants
