/* The innermost loop of mcx_codebook.h, four outputs over some groups of inputs; the definition in plain C.
 *
 *     raw[0], raw[2] = sum of word * x       raw[1], raw[3] = sum of word / 65536 * x
 *
 * for the words of outputs 0 and 1, and of 2 and 3.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CODEBOOK_BLOCK_H
#define MCX_CODEBOOK_BLOCK_H

#include <stdint.h>

#define MCX_DEFINE_CODEBOOK_BLOCK(variant, input_t)                                                   \
    static inline void mcx_codebook_block_##variant(const uint32_t *table, const uint32_t *words,     \
                                                    const input_t *x, uint32_t groups, uint32_t *raw) \
    {                                                                                                 \
        raw[0] = raw[1] = raw[2] = raw[3] = 0u;                                                       \
        for (uint32_t byte = 0u; byte < 8u * groups; byte++) {                                        \
            const uint32_t levels = table[words[byte / 4u] >> (8u * (byte % 4u)) & 0xFFu];            \
            const int32_t signed_input = x[byte / 2u];                                                \
            const uint32_t input = (uint32_t)signed_input;                                            \
            raw[byte % 2u * 2u] += levels * input;                                                    \
            raw[byte % 2u * 2u + 1u] += (levels >> 16) * input;                                       \
        }                                                                                             \
    }

MCX_DEFINE_CODEBOOK_BLOCK(u7, int8_t)
MCX_DEFINE_CODEBOOK_BLOCK(u8, uint8_t)
MCX_DEFINE_CODEBOOK_BLOCK(s8, int8_t)

#endif
