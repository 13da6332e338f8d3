/* The tables of mcx_dense_ternary_radix.h and their use.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_TRITS5_TILE_H
#define MCX_TRITS5_TILE_H

#include "mcx_memory.h"

/* For each five inputs nine rows, by c3 + 3 c4, of 28 sums, by c0 + 3 c1 + 9 c2; the last is not in use. */
typedef struct {
    int16_t sums[2][252];
} mcx_trits5_table_t;

static inline void mcx_trits5_fill5(int16_t *sums, const int32_t *x)
{
    int16_t *row = sums;
    for (int32_t c2 = 0, at2 = 0; c2 < 3; c2++, at2 += x[2]) {
        for (int32_t c1 = 0, at1 = at2; c1 < 3; c1++, at1 += x[1], row += 3) {
            row[0] = (int16_t)at1;
            row[1] = (int16_t)(at1 + x[0]);
            row[2] = (int16_t)(at1 + x[0] + x[0]);
        }
    }
    for (int16_t *const end = sums + 27; sums != end; sums++) {
        int32_t sum = sums[0];
        for (uint32_t c4 = 0u, at = 0u; c4 < 3u; c4++, at += 84u, sum += x[4]) {
            sums[at] = (int16_t)sum;
            sums[at + 28u] = (int16_t)(sum + x[3]);
            sums[at + 56u] = (int16_t)(sum + x[3] + x[3]);
        }
    }
}

/* negative: whether x may be; here it does not matter. */
static inline void mcx_trits5_fill(mcx_trits5_table_t *table, const int32_t *x, uint32_t negative)
{
    (void)negative;
    mcx_trits5_fill5(table->sums[0], x);
    mcx_trits5_fill5(table->sums[1], x + 5);
}

static inline void mcx_trits5_look_up(MCX_CONST uint32_t *words, const mcx_trits5_table_t *table, int32_t *acc,
                                      uint32_t outputs)
{
    for (; outputs > 0u; outputs -= outputs < 2u ? outputs : 2u, words++, acc += 2) {
        acc[0] += table->sums[0][*words & 0xFFu] + table->sums[1][*words >> 8 & 0xFFu];
        if (outputs > 1u) {
            acc[1] += table->sums[0][*words >> 16 & 0xFFu] + table->sums[1][*words >> 24];
        }
    }
}

#endif
