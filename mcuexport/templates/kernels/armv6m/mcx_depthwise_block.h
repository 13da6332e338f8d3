/* Four channels of mcx_depthwise.h, the first of them k.
 *
 *     acc[j] = bias[j] + sum over t of levels[4 * t + j] * taps[t][k + j]        bias may be NULL
 *
 * For ARMv6-M and later; the sums live in r8 to r11, which ADD can reach.
 *
 * Budget: 27 cycles for the 4 products of a position, 31 if inputs can be negative, and 3 for the loop.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_BLOCK_H
#define MCX_DEPTHWISE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEPTHWISE_PRODUCT(at, level, sum, extend) \
    "ldrb  %[x], [%[tap], #" at "]\n\t"               \
    extend                                            \
    "muls  %[x], " level ", %[x]\n\t"                 \
    "add   " sum ", " sum ", %[x]\n\t"

/* Two neighbours, whose levels share a word. */
#define MCX_DEPTHWISE_TWO(a, sum_a, b, sum_b, extend)       \
    "ldm   %[levels]!, {%[high]}\n\t"                       \
    "sxth  %[low], %[high]\n\t"                             \
    "asrs  %[high], %[high], #16\n\t"                       \
    MCX_DEPTHWISE_PRODUCT(a, "%[low]", sum_a, extend)       \
    MCX_DEPTHWISE_PRODUCT(b, "%[high]", sum_b, extend)

#define MCX_DEFINE_DEPTHWISE_BLOCK(variant, input_t, extend)                                                    \
    static inline void mcx_depthwise_block_##variant(const input_t *const *taps, uint32_t count, uint32_t k,    \
                                                     const int16_t *levels, const int32_t *bias, int32_t *acc)  \
    {                                                                                                           \
        uint32_t low = 0u, high, x, tap;                                                                        \
        __asm__ volatile(".syntax unified\n\t"                                                                  \
                         "mov   r8, %[low]\n\t"                                                                 \
                         "mov   r9, %[low]\n\t"                                                                 \
                         "mov   r10, %[low]\n\t"                                                                \
                         "mov   r11, %[low]\n"                                                                  \
                         "1:\n\t"                                                                               \
                         "ldm   %[taps]!, {%[tap]}\n\t"                                                         \
                         "add   %[tap], %[tap], %[k]\n\t"                                                       \
                         MCX_DEPTHWISE_TWO("0", "r8", "1", "r9", extend)                                        \
                         MCX_DEPTHWISE_TWO("2", "r10", "3", "r11", extend)                                      \
                         "cmp   %[taps], %[end]\n\t"                                                            \
                         "bne   1b\n\t"                                                                         \
                         "mov   %[low], r8\n\t"                                                                 \
                         "mov   %[high], r9\n\t"                                                                \
                         "mov   %[x], r10\n\t"                                                                  \
                         "mov   %[tap], r11"                                                                    \
                         : [taps] "+l"(taps), [levels] "+l"(levels), [low] "+l"(low), [high] "=&l"(high),       \
                           [x] "=&l"(x), [tap] "=&l"(tap)                                                       \
                         : [k] "h"(k), [end] "l"(taps + count)                                                  \
                         : "r8", "r9", "r10", "r11", "cc", "memory");                                           \
        acc[0] = (int32_t)low;                                                                                  \
        acc[1] = (int32_t)high;                                                                                 \
        acc[2] = (int32_t)x;                                                                                    \
        acc[3] = (int32_t)tap;                                                                                  \
        for (uint32_t j = 0u; bias != NULL && j < 4u; j++) {                                                    \
            acc[j] += bias[j];                                                                                  \
        }                                                                                                       \
    }

MCX_DEFINE_DEPTHWISE_BLOCK(u7, int8_t, "")
MCX_DEFINE_DEPTHWISE_BLOCK(u8, uint8_t, "")
MCX_DEFINE_DEPTHWISE_BLOCK(s8, int8_t, "sxtb  %[x], %[x]\n\t")

#endif
