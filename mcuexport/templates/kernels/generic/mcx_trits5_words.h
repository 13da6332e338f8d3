/* The tables of mcx_dense_ternary_radix.h, two neighbouring sums to a word, the first lowest: one addition for both.
 *
 * For cores that read half words of a word, the low one first.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_TRITS5_WORDS_H
#define MCX_TRITS5_WORDS_H

#include <stdint.h>

/* For each five inputs nine rows, by c3 + 3 c4, of 28 sums, by c0 + 3 c1 + 9 c2; the last is not in use. */
typedef struct {
    uint32_t words[2][126];
} mcx_trits5_table_t;

/* x in both halves, as the number 65537 * x: a negative low half borrows from the high one. */
static inline uint32_t mcx_trits5_both(int32_t x)
{
    return (uint32_t)x + ((uint32_t)x << 16);
}

/* The first row: of c0 and c1 there are nine sums, so that the pairs of c2 = 1 are others than those of 0 and 2. */
static inline void mcx_trits5_first(uint32_t *words, uint32_t x0, uint32_t x1, int32_t x2)
{
    const uint32_t one = mcx_trits5_both(x2), two = one + one;
    const uint32_t a = x0 << 16, b = x0 + x0 + (x1 << 16), c = x1 + x0 + ((x1 + x0 + x0) << 16);
    const uint32_t d = x1 + x1 + ((x1 + x1 + x0) << 16), e = x1 + x1 + x0 + x0;
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
    words[4] = e + ((uint32_t)x2 << 16);
    words[5] = one + x0 + ((x0 + x0) << 16);
    words[6] = one + x1 + ((x1 + x0) << 16);
    words[7] = one + x1 + x0 + x0 + ((x1 + x1) << 16);
    words[8] = one + x1 + x1 + x0 + (e << 16);
    words[9] = two + a;
    words[10] = two + b;
    words[11] = two + c;
    words[12] = two + d;
    words[13] = two + e;
}

static inline void mcx_trits5_fill5(uint32_t *words, const int32_t *x)
{
    const uint32_t next = mcx_trits5_both(x[3]), turn = mcx_trits5_both(x[4]) - next - next;
    mcx_trits5_first(words, (uint32_t)x[0], (uint32_t)x[1], x[2]);
    for (uint32_t *const end = words + 14; words != end; words++) {
        uint32_t sums = words[0];
        words[14] = sums += next;
        words[28] = sums += next;
        words[42] = sums += turn;
        words[56] = sums += next;
        words[70] = sums += next;
        words[84] = sums += turn;
        words[98] = sums += next;
        words[112] = sums + next;
    }
}

/* Takes back what negative low halves have borrowed. */
static inline void mcx_trits5_repay(uint32_t *words)
{
    for (uint32_t i = 0u; i < 126u; i++) {
        words[i] += (words[i] & 0x8000u) << 1;
    }
}

/* negative: whether x may be. */
static inline void mcx_trits5_fill(mcx_trits5_table_t *table, const int32_t *x, uint32_t negative)
{
    mcx_trits5_fill5(table->words[0], x);
    mcx_trits5_fill5(table->words[1], x + 5);
    if (negative != 0u) {
        mcx_trits5_repay(table->words[0]);
        mcx_trits5_repay(table->words[1]);
    }
}

#endif
