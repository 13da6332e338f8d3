/* Dense layer with ternary weights, five to a byte, level = code - 1, without any multiplication.
 * Layout: trits5.
 *
 * Inputs go in tiles of ten: [tile][two outputs], one word each; its bytes are those of the first output for inputs
 * 0 .. 4 and 5 .. 9 of the tile, then of the second.  A byte is c0 + 3 c1 + 9 c2 + 28 (c3 + 3 c4).  For every tile the
 * sums of code * x over five inputs, for all codes there are, go into two tables; the byte is where its sum lies.
 *
 * Takes 1008 bytes of stack for the tables.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_TERNARY_RADIX_H
#define MCX_DENSE_TERNARY_RADIX_H

#include "mcx_acc.h"
#include "mcx_trits5_tile.h"

#define MCX_DEFINE_DENSE_TRITS5(variant, input_t, negative)                                                    \
    static inline void mcx_dense_ternary_radix_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, \
                                                         const input_t *x, uint32_t inputs, int32_t *acc,      \
                                                         uint32_t outputs)                                     \
    {                                                                                                          \
        int32_t total = 0;                                                                                     \
                                                                                                               \
        mcx_clear_acc(acc, outputs);                                                                           \
        for (uint32_t i = 0u; i < inputs; i += 10u) {                                                          \
            mcx_trits5_table_t table;                                                                          \
            int32_t part[10];                                                                                  \
            for (uint32_t k = 0u; k < 10u; k++) {                                                              \
                part[k] = i + k < inputs ? x[i + k] : 0;                                                       \
                total += part[k];                                                                              \
            }                                                                                                  \
            mcx_trits5_fill(&table, part, negative);                                                           \
            mcx_trits5_look_up(weights, &table, acc, outputs);                                                 \
            weights += (outputs + 1u) / 2u;                                                                    \
        }                                                                                                      \
        const int32_t start[4] = {-total, -total, -total, -total};                                             \
        mcx_finish_acc(acc, outputs, 0u, start, bias);                                                         \
    }

MCX_DEFINE_DENSE_TRITS5(u7, int8_t, 0u)
MCX_DEFINE_DENSE_TRITS5(u8, uint8_t, 0u)
MCX_DEFINE_DENSE_TRITS5(s8, int8_t, 1u)

#endif
