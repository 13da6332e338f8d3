"""Bitstream arithmetic: sequences as stated, and how near streams come to the reals they stand for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcuexport.bitstream import (
    Bits,
    accumulate,
    correlation,
    decode,
    encode,
    hardtanh,
    lfsr,
    multiply,
    mux_add,
    products,
    ramp,
    ready_words,
    reflected_van_der_corput,
    regenerate,
    require_length,
)
from mcuexport.errors import GraphError

VALUES = np.arange(-128, 128)
LENGTHS = (32, 64, 96, 128, 256, 512, 1024, 2048, 4096)
EXACT = np.outer(VALUES, VALUES) / 128**2


def activations(values: np.ndarray, length: int) -> Bits:
    return encode(values, reflected_van_der_corput(length))


# Sequences


def test_the_van_der_corput_sequence_turns_bits_round_and_is_reflected() -> None:
    found = reflected_van_der_corput(4096)
    assert found[:10].tolist() == [0, 255, 128, 127, 64, 191, 192, 63, 32, 223]
    assert [int(f"{m % 256:08b}"[::-1], 2) for m in range(2048)] == found[::2].tolist()
    assert (found[1::2] == 255 - found[::2]).all()


def test_each_sequence_has_every_threshold_equally_often() -> None:
    for sequence in (reflected_van_der_corput(512), ramp(512), ramp(4096)):
        assert len(set(np.bincount(sequence, minlength=256))) == 1


def test_the_ramp_is_a_counter() -> None:
    for length in LENGTHS:
        steps = np.diff(ramp(length).astype(int))
        assert (steps >= 0).all()
        assert steps.max() - steps.min() <= 1


def test_the_lfsr_has_the_longest_period_and_every_state() -> None:
    state, seen = 1, set()
    while state not in seen:
        seen.add(state)
        state = state >> 1 ^ (0xB400 if state & 1 else 0)
    assert len(seen) == 2**16 - 1
    assert lfsr(3, 0xACE1)[0] == 0xE1
    assert not np.array_equal(lfsr(64, 1), lfsr(64, 2))


@pytest.mark.parametrize("seed", [0, 65536])
def test_an_lfsr_begins_with_a_state_it_can_have(seed: int) -> None:
    with pytest.raises(GraphError, match=f"^an LFSR begins with 1 .. 65535, got {seed}$"):
        lfsr(3, seed)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (100, "stream length 100 is no multiple of 32; use 96 or 128"),
        (0, "stream length 0 is not in 32 .. 4096; use 32"),
        (-32, "stream length -32 is not in 32 .. 4096; use 32"),
        (8192, "stream length 8192 is not in 32 .. 4096; use 4096"),
    ],
)
def test_a_length_is_refused_in_these_words(length: int, text: str) -> None:
    with pytest.raises(GraphError) as error:
        require_length(length)
    assert str(error.value) == text


# Values


@pytest.mark.parametrize("length", LENGTHS)
def test_a_stream_holds_its_value_to_half_a_bit_or_exactly(length: int) -> None:
    for sequence in (reflected_van_der_corput(length), ramp(length)):
        worst = np.abs(decode(encode(VALUES, sequence)) - VALUES / 128).max()
        whole = length % 256 == 0 and (length >= 512 or (sequence == ramp(length)).all())
        assert worst == 0 if whole else worst <= 2 * 1.01 / length + 1 / 128


# Products


@pytest.mark.parametrize("length", LENGTHS)
def test_the_table_of_products_is_the_xnor_of_streams(length: int) -> None:
    a, b = activations(VALUES, length), encode(VALUES, ramp(length))
    for i in range(0, 256, 15):
        np.testing.assert_array_equal(products(length)[i], [accumulate(multiply(a[i], weight)[None]) for weight in b])


@pytest.mark.parametrize("length", LENGTHS)
def test_an_xnor_product_errs_by_a_few_bits_and_not_to_one_side(length: int) -> None:
    errors = products(length) / length - EXACT
    assert np.abs(errors).max() <= 2 * np.log2(length) / length
    assert abs(errors.mean()) <= 0.06 / length


def test_low_discrepancy_products_are_nearer_than_pseudo_random_ones() -> None:
    a, b = encode(VALUES, lfsr(1024, 1)), encode(VALUES, lfsr(1024, 0xACE1))
    random = np.array([decode(multiply(row, b)) for row in a]) - EXACT
    assert 10 * np.square(products(1024) / 1024 - EXACT).mean() ** 0.5 < np.square(random).mean() ** 0.5


def test_a_product_with_itself_is_one_and_regeneration_puts_that_right() -> None:
    x = encode(np.array([32]), ramp(1024))
    assert decode(multiply(x, x))[0] == 1
    again = regenerate(x, reflected_van_der_corput(1024))
    assert decode(again)[0] == decode(x)[0] == 0.25
    assert abs(decode(multiply(again, x))[0] - 0.25**2) < 0.01


def test_correlation_is_one_minus_one_or_near_zero() -> None:
    x = encode(np.array([-20]), ramp(1024))[0]
    assert correlation(x, x) == 1
    assert correlation(x, ~x) == -1
    assert correlation(x, np.ones(1024, np.bool_)) == 0
    for value in (-90, -1, 70):
        assert abs(correlation(activations(np.array([value]), 1024)[0], x)) < 0.03


# Sums


def test_mux_addition_gives_the_mean() -> None:
    values = np.array([-128, -40, 0, 64, 100, 127, 3, -77])
    select = lfsr(4096, 77) & 7
    added = mux_add(activations(values, 4096), select)
    assert abs(decode(added) - values.mean() / 128) < 0.05
    many = np.stack([activations(values, 64), activations(-values // 2, 64)], axis=1)
    np.testing.assert_array_equal(mux_add(many, select[:64])[1], mux_add(many[:, 1], select[:64]))


def test_a_parallel_counter_adds_without_error() -> None:
    values = np.array([-128, -40, 0, 64, 100])
    assert accumulate(activations(values, 512)) == 4 * values.sum()
    assert accumulate(np.ones((3, 32), np.bool_)) == 96


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-128, 127), min_size=1, max_size=12), st.sampled_from((256, 1024, 4096)))
def test_the_counting_hardtanh_is_hardtanh_of_the_sum(values: list[int], length: int) -> None:
    limit = 64
    streams = activations(np.array(values), length)
    total = accumulate(streams) / length
    found = float(decode(hardtanh(streams, limit)))
    if abs(total) <= 1 - 2 * len(values) / limit:  # the counter never reaches its ends
        assert abs(found - total) <= (limit + len(values) + 1) / length
    elif abs(total) >= 1 + 2 * len(values) / limit:
        assert found * np.sign(total) >= 1 - (2 * limit + 2) / length


def test_the_counting_hardtanh_takes_many_sums_at_once() -> None:
    streams = activations(np.array([[10, -90, 120], [100, -90, 5]]), 256)
    together = hardtanh(streams, 32)
    for i in range(3):
        np.testing.assert_array_equal(together[i], hardtanh(streams[:, i], 32))


# Words


@pytest.mark.parametrize("shape", [(1, 1), (3, 28), (2, 61)])
def test_ready_words_are_the_streams_in_the_order_of_reading(shape: tuple[int, int]) -> None:
    weights = np.random.default_rng(3).integers(-128, 128, shape)
    bits = encode(weights, ramp(96))
    words = iter(ready_words(weights, 96).tolist())
    for time in range(0, 96, 32):
        for first in range(0, shape[1], 28):
            for o in range(shape[0]):
                for i in range(first, min(first + 28, shape[1])):
                    word = next(words)
                    assert [word >> t & 1 for t in range(32)] == bits[o, i, time : time + 32].tolist()
    assert next(words, None) is None
