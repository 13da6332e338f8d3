/* The innermost loop of mcx_dense_radix23.h, four outputs: sums[j] = sum of code * x; in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FRACTIONS_BLOCK_PLAIN_H
#define MCX_FRACTIONS_BLOCK_PLAIN_H

#include <stdint.h>

static inline void mcx_fractions_block(const uint32_t *words, const uint32_t *pairs, uint32_t groups, int32_t *sums)
{
    for (uint32_t j = 0u; j < 4u; j++) {
        sums[j] = 0;
        for (uint32_t g = 0u; g < groups; g++) {
            uint64_t fraction = words[4u * g + j];
            for (uint32_t i = 0u; i < 7u; i++) {
                const int32_t pair = (int32_t)(pairs[4u * g + i / 2u] << (i % 2u == 0u ? 16 : 0));
                fraction *= 23u;
                sums[j] += (int32_t)(fraction >> 32) * (pair >> 16);
                fraction &= 0xFFFFFFFFu;
            }
        }
    }
}

#endif
