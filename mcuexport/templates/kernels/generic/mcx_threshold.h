/* Accumulators or bytes to bits: 1 where x[i] >= threshold[i]; the first one lowest, the last word filled up with 0.
 *
 * flip: bits to be turned round, or NULL; beyond n it is 0.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_THRESHOLD_H
#define MCX_THRESHOLD_H

#include "mcx_memory.h"

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_THRESHOLD(variant, input_t)                                                             \
    static inline void mcx_threshold_##variant(const input_t *x, MCX_CONST int32_t *threshold,             \
                                               MCX_CONST uint32_t *flip, uint32_t *y, uint32_t n)          \
    {                                                                                                      \
        for (uint32_t i = 0u; i < n; i += 32u) {                                                           \
            const uint32_t count = n - i < 32u ? n - i : 32u;                                              \
            uint32_t word = 0u;                                                                            \
            for (uint32_t bit = count; bit-- > 0u;) {                                                      \
                word = (word << 1) | (x[i + bit] >= threshold[i + bit] ? 1u : 0u);                         \
            }                                                                                              \
            *y++ = flip == NULL ? word : word ^ *flip++;                                                   \
        }                                                                                                  \
    }

MCX_DEFINE_THRESHOLD(s32, int32_t)
MCX_DEFINE_THRESHOLD(s8, int8_t)
MCX_DEFINE_THRESHOLD(u8, uint8_t)

#endif
