/* Dense layer with ternary weights, four to a byte, level = code - 1, without any multiplication.
 * Layout: trits4.
 *
 * Inputs go in tiles of 16: [tile][output], one word each; byte k is for inputs 4k .. 4k + 3 of the tile and
 * holds 2 * (c0 + 3 c1 + 10 * (c2 + 3 c3)).  For every tile the sums of code * x over four inputs, for all
 * codes there are, go into tables; the byte is where its sum lies.
 *
 * Takes 720 bytes of stack for the tables.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_TERNARY_H
#define MCX_DENSE_TERNARY_H

#include "mcx_acc.h"
#include "mcx_inputs.h"
#include "mcx_trits_tile.h"

#define MCX_DEFINE_DENSE_TRITS(variant, input_t)                                                    \
    static inline void mcx_dense_ternary_##variant(const uint32_t *weights, const int32_t *bias,    \
                                                   const input_t *x, uint32_t inputs, int32_t *acc, \
                                                   uint32_t outputs)                                \
    {                                                                                               \
        const int32_t all = -mcx_sum_##variant(x, inputs);                                          \
        const int32_t start[4] = {all, all, all, all};                                              \
        input_t tail[16];                                                                           \
                                                                                                    \
        mcx_clear_acc(acc, outputs);                                                                \
        mcx_tail_##variant(x, inputs, tail, 16u);                                                   \
        for (uint32_t i = 0u; i < inputs; i += 16u) {                                               \
            mcx_trits_table_t table;                                                                \
            mcx_trits_fill_##variant(&table, inputs - i < 16u ? tail : x + i);                      \
            mcx_trits_look_up(weights, &table, acc, outputs);                                       \
            weights += outputs;                                                                     \
        }                                                                                           \
        mcx_finish_acc(acc, outputs, 0u, start, bias);                                               \
    }

MCX_DEFINE_DENSE_TRITS(u7, int8_t)
MCX_DEFINE_DENSE_TRITS(u8, uint8_t)
MCX_DEFINE_DENSE_TRITS(s8, int8_t)

#endif
