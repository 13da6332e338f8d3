/* Dense layers of 4-bit codes with any levels, without a multiplication for each weight.
 *
 * Layout: products.  Inputs go in tiles of 16: [tile][output], two words each; nibble i of the first word is the
 * code for input i of the tile, nibble i of the second that for input 8 + i.
 *
 * For every tile, the 16 products of each input go into a table (`fill`, which the format defines).
 *
 * Takes 512 bytes of stack for the tables.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PRODUCTS_H
#define MCX_PRODUCTS_H

#include "mcx_acc.h"
#include "mcx_inputs.h"
#include "mcx_products_look_up.h"

#define MCX_DEFINE_DENSE_PRODUCTS(format, variant, input_t, fill)                                      \
    static inline void mcx_dense_##format##_##variant(const uint32_t *weights, const int32_t *bias,    \
                                                      const input_t *x, uint32_t inputs, int32_t *acc, \
                                                      uint32_t outputs)                                \
    {                                                                                                  \
        input_t tail[16];                                                                              \
                                                                                                       \
        for (uint32_t o = 0u; o < outputs; o++) {                                                      \
            acc[o] = bias == NULL ? 0 : bias[o];                                                       \
        }                                                                                              \
        mcx_tail_##variant(x, inputs, tail, 16u);                                                      \
        for (uint32_t i = 0u; i < inputs; i += 16u) {                                                  \
            const input_t *const part = inputs - i < 16u ? tail : x + i;                               \
            int16_t table[16][16];                                                                     \
            for (uint32_t k = 0u; k < 16u; k++) {                                                      \
                fill(table[k], part[k]);                                                               \
            }                                                                                          \
            mcx_products_look_up(weights, table, acc, outputs);                                        \
            weights += 2u * outputs;                                                                   \
        }                                                                                              \
    }

#endif
