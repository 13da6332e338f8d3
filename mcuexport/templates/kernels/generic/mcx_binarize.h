/* Bytes to bits by one threshold: 1 where x[i] >= threshold; the first one lowest, the last word filled up with 0.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BINARIZE_H
#define MCX_BINARIZE_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_BINARIZE(variant, input_t)                                                              \
    static inline void mcx_binarize_##variant(const input_t *x, int32_t threshold, uint32_t *y, uint32_t n) \
    {                                                                                                      \
        for (uint32_t i = 0u; i < n; i += 32u) {                                                           \
            uint32_t word = 0u;                                                                            \
            for (uint32_t bit = n - i < 32u ? n - i : 32u; bit-- > 0u;) {                                  \
                word = (word << 1) | (x[i + bit] >= threshold ? 1u : 0u);                                  \
            }                                                                                              \
            *y++ = word;                                                                                   \
        }                                                                                                  \
    }

MCX_DEFINE_BINARIZE(u8, uint8_t)
MCX_DEFINE_BINARIZE(s8, int8_t)

#endif
