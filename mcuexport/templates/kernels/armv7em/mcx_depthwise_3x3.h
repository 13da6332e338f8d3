/* Depthwise convolution of one pixel, 3x3, all inside the map.
 *
 *     acc[k] = bias[k] + sum over positions t of levels[t * channels + k] * x[t][k]        bias may be NULL
 *
 * x0, x1, x2: the window's first position in each row; columns are `step` elements apart.  Sums fit int32: the
 * exporter has checked it.
 *
 * For cores with SMLABB: four channels at a time.  A word of x gives channels 0 and 2 to one register and 1 and 3
 * to another; a word of levels holds those of two neighbours.  Words need not be aligned.
 *
 * Budget: 12 cycles for the 4 products of a position.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_3X3_H
#define MCX_DEPTHWISE_3X3_H

#include <stddef.h>
#include <stdint.h>

/* One position: four inputs from x on, four levels; then x and level are moved on to the next. */
#define MCX_DEPTHWISE_POSITION(widen)                                                                           \
    "ldr    %[odd], [%[x]]\n\t"                                                                                 \
    "ldr    %[level01], [%[level]]\n\t"                                                                         \
    "ldr    %[level23], [%[level], #4]\n\t"                                                                     \
    "add    %[x], %[x], %[step]\n\t"                                                                            \
    "add    %[level], %[level], %[channels], lsl #1\n\t" widen " %[even], %[odd]\n\t" widen                     \
    " %[odd], %[odd], ror #8\n\t"                                                                               \
    "smlabb %[sum0], %[level01], %[even], %[sum0]\n\t"                                                          \
    "smlatb %[sum1], %[level01], %[odd], %[sum1]\n\t"                                                           \
    "smlabt %[sum2], %[level23], %[even], %[sum2]\n\t"                                                          \
    "smlatt %[sum3], %[level23], %[odd], %[sum3]\n\t"

/* Three positions in a row; level is left at the next row's. */
#define MCX_DEPTHWISE_ROW(widen, row)                                                                           \
    do {                                                                                                        \
        const void *at = (row);                                                                                 \
        __asm__ volatile(MCX_DEPTHWISE_POSITION(widen) MCX_DEPTHWISE_POSITION(widen) MCX_DEPTHWISE_POSITION(widen)\
                         : [x] "+r"(at), [level] "+r"(level), [sum0] "+r"(sum0), [sum1] "+r"(sum1),             \
                           [sum2] "+r"(sum2), [sum3] "+r"(sum3), [even] "=&r"(even), [odd] "=&r"(odd),          \
                           [level01] "=&r"(level01), [level23] "=&r"(level23)                                   \
                         : [step] "r"(step), [channels] "r"(channels)                                           \
                         : "memory");                                                                           \
    } while (0)

#define MCX_DEFINE_DEPTHWISE_3X3(variant, input_t, widen)                                                       \
    static inline void mcx_depthwise_3x3_##variant(const input_t *x0, const input_t *x1, const input_t *x2,     \
                                                   uint32_t step, const int16_t *levels, const int32_t *bias,   \
                                                   int32_t *acc, uint32_t channels)                             \
    {                                                                                                           \
        const input_t *const rows[3] = {x0, x1, x2};                                                            \
        const uint32_t fours = channels & ~3u;                                                                  \
        for (uint32_t k = 0u; k < fours; k += 4u) {                                                             \
            const int16_t *level = levels + k;                                                                  \
            int32_t sum0 = 0;                                                                                   \
            int32_t sum1 = 0;                                                                                   \
            int32_t sum2 = 0;                                                                                   \
            int32_t sum3 = 0;                                                                                   \
            uint32_t even, odd, level01, level23;                                                               \
            if (bias != NULL) {                                                                                 \
                sum0 = bias[k];                                                                                 \
                sum1 = bias[k + 1u];                                                                            \
                sum2 = bias[k + 2u];                                                                            \
                sum3 = bias[k + 3u];                                                                            \
            }                                                                                                   \
            MCX_DEPTHWISE_ROW(widen, x0 + k);                                                                   \
            MCX_DEPTHWISE_ROW(widen, x1 + k);                                                                   \
            MCX_DEPTHWISE_ROW(widen, x2 + k);                                                                   \
            acc[k] = sum0;                                                                                      \
            acc[k + 1u] = sum1;                                                                                 \
            acc[k + 2u] = sum2;                                                                                 \
            acc[k + 3u] = sum3;                                                                                 \
        }                                                                                                       \
        for (uint32_t k = fours; k < channels; k++) {                                                           \
            int32_t sum = bias == NULL ? 0 : bias[k];                                                           \
            for (uint32_t i = 0u; i < 3u; i++) {                                                                \
                const int16_t *level = levels + 3u * i * channels + k;                                          \
                sum += level[0] * rows[i][k] + level[channels] * rows[i][step + k];                             \
                sum += level[2u * channels] * rows[i][2u * step + k];                                           \
            }                                                                                                   \
            acc[k] = sum;                                                                                       \
        }                                                                                                       \
    }

MCX_DEFINE_DEPTHWISE_3X3(u8, uint8_t, "uxtb16")
MCX_DEFINE_DEPTHWISE_3X3(s8, int8_t, "sxtb16")

#endif
