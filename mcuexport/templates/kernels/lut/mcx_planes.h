/* Dense layers with levels 2^shift * code + offset without any multiplication, for cores that have none.
 *
 * Layout: planes.  Inputs go in tiles of 32, codes bit by bit: [tile][output][bit plane, highest first], one
 * word each, whose bit i belongs to input i of the tile.
 *
 * For every tile the sums of all subsets of its inputs 0-4, 5-9, 10-15, 16-20, 21-25 and 26-31 go into tables.
 * Then a plane of an output is six look-ups instead of 32 additions, and sum = 2 * sum + plane joins the planes.
 *
 * Takes 512 bytes of stack for the tables.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PLANES_H
#define MCX_PLANES_H

#include "mcx_acc.h"
#include "mcx_inputs.h"
#include "mcx_planes_tile.h"

#define MCX_DEFINE_DENSE_PLANES(format, variant, input_t, planes, shift, offset)                       \
    static inline void mcx_dense_##format##_##variant(const uint32_t *weights, const int32_t *bias,    \
                                                      const input_t *x, uint32_t inputs, int32_t *acc, \
                                                      uint32_t outputs)                                \
    {                                                                                                  \
        const int32_t total = mcx_sum_##variant(x, inputs);                                            \
        const int32_t all = (offset) * total;                                                          \
        const int32_t start[4] = {all, all, all, all};                                                 \
        input_t tail[32];                                                                              \
                                                                                                       \
        mcx_clear_acc(acc, outputs);                                                                   \
        mcx_tail_##variant(x, inputs, tail, 32u);                                                      \
        for (uint32_t i = 0u; i < inputs; i += 32u) {                                                  \
            mcx_planes_table_t table;                                                                  \
            mcx_planes_fill_##variant(&table, inputs - i < 32u ? tail : x + i);                        \
            mcx_planes##planes##_look_up(weights, &table, acc, outputs);                               \
            weights += (planes) * outputs;                                                             \
        }                                                                                              \
        mcx_finish_acc(acc, outputs, shift, start, bias);                                              \
    }

#define MCX_DEFINE_ALL_DENSE_PLANES(format, planes, shift, offset)      \
    MCX_DEFINE_DENSE_PLANES(format, u7, int8_t, planes, shift, offset)  \
    MCX_DEFINE_DENSE_PLANES(format, u8, uint8_t, planes, shift, offset) \
    MCX_DEFINE_DENSE_PLANES(format, s8, int8_t, planes, shift, offset)

#endif
