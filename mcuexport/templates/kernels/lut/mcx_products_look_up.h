/* The innermost loop of mcx_products.h: acc[o] += the sixteen products of output o; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PRODUCTS_LOOK_UP_H
#define MCX_PRODUCTS_LOOK_UP_H

#include <stdint.h>

static inline void mcx_products_look_up(const uint32_t *words, int16_t (*table)[16], int32_t *acc, uint32_t outputs)
{
    for (uint32_t o = 0u; o < outputs; o++, words += 2) {
        for (uint32_t i = 0u; i < 16u; i++) {
            acc[o] += table[i][words[i / 8u] >> (4u * (i % 8u)) & 0xFu];
        }
    }
}

#endif
