/* Dense layers of 4-bit codes with any levels, which pass over inputs of zero, without a multiplication for each
 * weight.
 *
 * Layout product_columns: outputs go in blocks of eight, an input of a block is one word.  Outputs that are left
 * over go in fours, an input a half word; two to a word, the even one lowest.
 *
 *     bit         31..28  27..24  23..20  19..16   15..12  11..8   7..4    3..0
 *     output         7       6       5       4        3       2      1       0
 *     left over:     3       2       1       0        3       2      1       0     (of the odd, the even input)
 *
 * Inputs that are not zero are listed, sixteen at a time, with their products with all levels (`fill`, which the
 * format defines).
 *
 * Takes 576 bytes of stack for the list.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PRODUCTS_NONZERO_H
#define MCX_PRODUCTS_NONZERO_H

#include <stddef.h>

#include "mcx_products_nonzero_block.h"

#define MCX_PRODUCTS_LISTED 16u

/* acc[o] += the listed inputs' products. */
static inline void mcx_products_nonzero(const uint32_t *words, uint32_t inputs, const mcx_listed_t *list,
                                        const mcx_listed_t *end, int32_t *acc, uint32_t outputs)
{
    for (uint32_t o = 0u; o < outputs;) { /* one loop, or gcc multiplies to know where the first of two ends */
        if (outputs - o >= 8u) {
            mcx_products_nonzero_block(words, list, end, acc + o);
            words += inputs;
            o += 8u;
            continue;
        }
        for (const mcx_listed_t *at = list; at != end; at++) {
            const uint32_t two = words[at->offset / 8u] >> (4u * (o % 4u));
            acc[o] += at->products[(at->offset & 4u) != 0u ? two >> 16 & 0xFu : two & 0xFu];
        }
        if (++o % 4u == 0u) {
            words += (inputs + 1u) / 2u;
        }
    }
}

/* One function for all kinds of inputs.  sign: 0x80 if they are int8, 0 if none is negative. */
#define MCX_DEFINE_DENSE_PRODUCTS_NONZERO(format, fill)                                                         \
    static inline void mcx_dense_##format##_nonzero(const uint32_t *weights, const int32_t *bias, const void *x, \
                                                    int32_t sign, uint32_t inputs, int32_t *acc, uint32_t outputs) \
    {                                                                                                          \
        mcx_listed_t list[MCX_PRODUCTS_LISTED];                                                                \
        mcx_listed_t *entry = list;                                                                            \
                                                                                                               \
        for (uint32_t o = 0u; o < outputs; o++) {                                                              \
            acc[o] = bias == NULL ? 0 : bias[o];                                                               \
        }                                                                                                      \
        for (uint32_t k = 0u; k < inputs; k++) {                                                               \
            const int32_t value = ((const uint8_t *)x)[k];                                                     \
            if (value != 0) {                                                                                  \
                entry->offset = 4u * k;                                                                        \
                fill(entry->products, (value ^ sign) - sign);                                                  \
                entry++;                                                                                       \
                if (entry == list + MCX_PRODUCTS_LISTED) {                                                     \
                    mcx_products_nonzero(weights, inputs, list, entry, acc, outputs);                          \
                    entry = list;                                                                              \
                }                                                                                              \
            }                                                                                                  \
        }                                                                                                      \
        if (entry != list) {                                                                                   \
            mcx_products_nonzero(weights, inputs, list, entry, acc, outputs);                                  \
        }                                                                                                      \
    }

#define MCX_DEFINE_DENSE_PRODUCTS_OF(format, variant, input_t, sign)                                           \
    static inline void mcx_dense_##format##_nonzero_##variant(const uint32_t *weights, const int32_t *bias,    \
                                                              const input_t *x, uint32_t inputs, int32_t *acc, \
                                                              uint32_t outputs)                                \
    {                                                                                                          \
        mcx_dense_##format##_nonzero(weights, bias, x, sign, inputs, acc, outputs);                            \
    }

#define MCX_DEFINE_ALL_DENSE_PRODUCTS_NONZERO(format, fill)       \
    MCX_DEFINE_DENSE_PRODUCTS_NONZERO(format, fill)               \
    MCX_DEFINE_DENSE_PRODUCTS_OF(format, u7, int8_t, 0)           \
    MCX_DEFINE_DENSE_PRODUCTS_OF(format, u8, uint8_t, 0)          \
    MCX_DEFINE_DENSE_PRODUCTS_OF(format, s8, int8_t, 0x80)

#endif
