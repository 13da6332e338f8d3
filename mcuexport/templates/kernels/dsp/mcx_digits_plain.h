/* The innermost loops of mcx_digits.h, over some groups of inputs; the definition in plain C.
 *
 *     mcx_digits<bits>_block_<variant>    eight outputs: acc[o] += sum of digit * x
 *     mcx_digits<bits>_pair_<variant>     two outputs: their sums
 *
 * period: inputs after which 16 - bits bits could overflow; here nothing does.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DIGITS_PLAIN_H
#define MCX_DIGITS_PLAIN_H

#include <stdint.h>

#define MCX_DEFINE_DIGITS_BLOCK(bits, variant, input_t)                                                   \
    static inline int32_t mcx_digits##bits##_even_##variant(uint32_t word, uint32_t at, const input_t *x) \
    {                                                                                                     \
        return (int32_t)(word >> at & ((1u << (bits)) - 1u)) * *x;                                        \
    }                                                                                                     \
                                                                                                          \
    static inline int32_t mcx_digits##bits##_odd_##variant(uint32_t word, uint32_t at, const input_t *x)  \
    {                                                                                                     \
        const uint32_t code = word >> (at % 32u) & ((1u << (bits)) - 1u);                                 \
        return ((int32_t)code - (int32_t)(code >> ((bits) - 1) << (bits))) * *x;                          \
    }                                                                                                     \
                                                                                                          \
    static inline void mcx_digits##bits##_add_##variant(uint32_t word, const input_t *x, int32_t *sums)   \
    {                                                                                                     \
        for (uint32_t pair = 0u; pair < 8u / (bits); pair++) {                                            \
            const input_t *const a = x + 4u * (pair / 2u) + pair % 2u;                                    \
            const uint32_t at = 2u * (bits) * pair;                                                       \
            sums[0] += mcx_digits##bits##_even_##variant(word, at, a);                                    \
            sums[0] += mcx_digits##bits##_even_##variant(word, at + 16u, a + 2);                          \
            sums[1] += mcx_digits##bits##_odd_##variant(word, at + 16u - (bits), a);                      \
            sums[1] += mcx_digits##bits##_odd_##variant(word, at + 32u - (bits), a + 2);                  \
        }                                                                                                 \
    }                                                                                                     \
                                                                                                          \
    static inline void mcx_digits##bits##_block_##variant(const uint32_t *words, const input_t *x,        \
                                                          uint32_t groups, uint32_t period, int32_t *acc) \
    {                                                                                                     \
        (void)period;                                                                                     \
        (void)period;                                                                                     \
        for (; groups > 0u; groups--, words += 4, x += 16 / (bits)) {                                     \
            for (uint32_t k = 0u; k < 4u; k++) {                                                          \
                mcx_digits##bits##_add_##variant(words[k], x, acc + 2u * k);                              \
            }                                                                                             \
        }                                                                                                 \
    }                                                                                                     \
                                                                                                          \
    static inline void mcx_digits##bits##_pair_##variant(const uint32_t *words, const input_t *x,         \
                                                         uint32_t groups, uint32_t period, int32_t *sums) \
    {                                                                                                     \
        (void)period;                                                                                     \
        sums[0] = 0;                                                                                      \
        sums[1] = 0;                                                                                      \
        for (; groups > 0u; groups--, words++, x += 16 / (bits)) {                                        \
            mcx_digits##bits##_add_##variant(*words, x, sums);                                            \
        }                                                                                                 \
    }

#define MCX_DEFINE_DIGITS_BLOCKS(bits)         \
    MCX_DEFINE_DIGITS_BLOCK(bits, u7, int8_t)  \
    MCX_DEFINE_DIGITS_BLOCK(bits, u8, uint8_t) \
    MCX_DEFINE_DIGITS_BLOCK(bits, s8, int8_t)

MCX_DEFINE_DIGITS_BLOCKS(2)
MCX_DEFINE_DIGITS_BLOCKS(1)

#endif
