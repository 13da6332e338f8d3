/* The innermost loop of mcx_products_nonzero.h, eight outputs; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PRODUCTS_NONZERO_BLOCK_H
#define MCX_PRODUCTS_NONZERO_BLOCK_H

#include <stdint.h>

/* A listed input: its products with the levels of all codes, and the byte offset of its column in a block. */
typedef struct {
    int16_t products[16];
    uint32_t offset;
} mcx_listed_t;

/* At least one input is listed. */
static inline void mcx_products_nonzero_block(const uint32_t *words, const mcx_listed_t *list,
                                              const mcx_listed_t *end, int32_t *acc)
{
    for (; list != end; list++) {
        for (uint32_t j = 0u; j < 8u; j++) {
            acc[j] += list->products[words[list->offset / 4u] >> (4u * j) & 0xFu];
        }
    }
}

#endif
