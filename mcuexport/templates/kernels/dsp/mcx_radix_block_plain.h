/* The innermost loop of mcx_dense_ternary_radix.h, three outputs: sums[j] = sum of q * z; in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_RADIX_BLOCK_PLAIN_H
#define MCX_RADIX_BLOCK_PLAIN_H

#include <stdint.h>

static inline void mcx_radix_block(const uint32_t *words, const uint32_t *z, uint32_t groups, int32_t *sums)
{
    for (uint32_t j = 0u; j < 3u; j++) {
        sums[j] = 0;
        for (uint32_t i = 0u; i < 10u * groups; i++) {
            uint32_t fractions = words[3u * (i / 10u) + j] >> (8u * (i % 10u / 5u)) & 0x00FF00FFu;
            for (uint32_t digit = 0u; digit <= i % 5u; digit++) {
                fractions *= 3u;
            }
            sums[j] += (int32_t)(fractions >> 8 & 0xFFu) * (int16_t)z[i];
            sums[j] += (int32_t)(fractions >> 24) * ((int32_t)z[i] >> 16);
        }
    }
}

#endif
