/* The innermost loop of mcx_sevens.h, over some groups of inputs; the definition in plain C.
 *
 * sums: over the inputs, of x times bytes 0 and 2, bytes 1 and 3, r0 and r2, r1 and r3, e0 and e1, modulo 2^32.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_SEVENS_BLOCK_H
#define MCX_SEVENS_BLOCK_H

#include <stdint.h>

/* floor((half - 1) / 23) of both halves, each 1 .. 253. */
static inline uint32_t mcx_by_23(uint32_t halves)
{
    return (89u * halves) >> 11 & 0x000F000Fu;
}

#define MCX_DEFINE_SEVENS_BLOCK(variant, input_t)                                                              \
    static inline void mcx_sevens_block_##variant(const uint32_t *words, const input_t *x, uint32_t groups,    \
                                                  uint32_t *sums)                                              \
    {                                                                                                          \
        for (uint32_t j = 0u; j < 5u; j++) {                                                                   \
            sums[j] = 0u;                                                                                      \
        }                                                                                                      \
        for (uint32_t i = 0u; i < 4u * groups; i++) {                                                          \
            const uint32_t even = words[i] & 0x00FF00FFu, odd = words[i] >> 8 & 0x00FF00FFu;                   \
            const uint32_t r_even = mcx_by_23(even), r_odd = mcx_by_23(odd);                                   \
            const int32_t signed_input = x[i];                                                                 \
            const uint32_t input = (uint32_t)signed_input;                                                     \
            sums[0] += even * input;                                                                           \
            sums[1] += odd * input;                                                                            \
            sums[2] += r_even * input;                                                                         \
            sums[3] += r_odd * input;                                                                          \
            sums[4] += mcx_by_23(r_even + 11u * r_odd) * input;                                                \
        }                                                                                                      \
    }

MCX_DEFINE_SEVENS_BLOCK(u7, int8_t)
MCX_DEFINE_SEVENS_BLOCK(u8, uint8_t)
MCX_DEFINE_SEVENS_BLOCK(s8, int8_t)

#endif
