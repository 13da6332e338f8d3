/* The innermost loop of mcx_codebook.h, four outputs over some groups of inputs; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CODEBOOK_BLOCK_PLAIN_H
#define MCX_CODEBOOK_BLOCK_PLAIN_H

#include <stdint.h>

/* A half of a table's word, as the signed number it is. */
static inline int32_t mcx_codebook_level(uint32_t half)
{
    return (int32_t)((half & 0xFFFFu) ^ 0x8000u) - 0x8000;
}

#define MCX_DEFINE_CODEBOOK_BLOCK(variant, input_t)                                                       \
    static inline void mcx_codebook_block_##variant(const uint32_t *table, const uint32_t *words,         \
                                                    const input_t *x, uint32_t groups, int32_t *sums)     \
    {                                                                                                     \
        for (uint32_t o = 0u; o < 4u; o++) {                                                              \
            sums[o] = 0;                                                                                  \
            for (uint32_t pair = 0u; pair < 4u * groups; pair++) {                                        \
                const uint32_t byte = 8u * (pair / 2u) + 2u * o + pair % 2u;                              \
                const uint32_t levels = table[words[byte / 4u] >> (8u * (byte % 4u)) & 0xFFu];            \
                const input_t *const at = x + 4u * (pair / 2u) + pair % 2u;                               \
                sums[o] += mcx_codebook_level(levels) * at[0] + mcx_codebook_level(levels >> 16) * at[2]; \
            }                                                                                             \
        }                                                                                                 \
    }

MCX_DEFINE_CODEBOOK_BLOCK(u7, int8_t)
MCX_DEFINE_CODEBOOK_BLOCK(u8, uint8_t)
MCX_DEFINE_CODEBOOK_BLOCK(s8, int8_t)

#endif
