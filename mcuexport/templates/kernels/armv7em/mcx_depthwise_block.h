/* Four channels of mcx_depthwise.h, the first of them k.
 *
 *     acc[j] = bias[j] + sum over t of levels[4 * t + j] * taps[t][k + j]        bias may be NULL
 *
 * For cores with SMLABB.  A word of x gives channels 0 and 2 to one register and 1 and 3 to another; a word of
 * levels holds those of two neighbours.  Words of x need not be aligned.  The end of the loop waits in memory.
 *
 * Budget: 13 cycles for the 4 products of a position, and 6 for the loop, once in three of them.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_BLOCK_H
#define MCX_DEPTHWISE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

/* From a position's address to its four inputs. */
#define MCX_DEPTHWISE_LOAD(x) "ldr    " x ", [" x ", %[k]]\n\t"

#define MCX_DEPTHWISE_POSITION(x, widen)             \
    "ldr    %[level], [%[levels]], #4\n\t"           \
    widen " %[even], " x "\n\t"                      \
    widen " " x ", " x ", ror #8\n\t"                \
    "smlabb %[sum0], %[level], %[even], %[sum0]\n\t" \
    "smlatb %[sum1], %[level], " x ", %[sum1]\n\t"   \
    "ldr    %[level], [%[levels]], #4\n\t"           \
    "smlabt %[sum2], %[level], %[even], %[sum2]\n\t" \
    "smlatt %[sum3], %[level], " x ", %[sum3]\n\t"

#define MCX_DEPTHWISE_THREE(widen)      \
    "ldm    %[taps]!, {r4, r5, r6}\n\t" \
    MCX_DEPTHWISE_LOAD("r4")            \
    MCX_DEPTHWISE_LOAD("r5")            \
    MCX_DEPTHWISE_LOAD("r6")            \
    MCX_DEPTHWISE_POSITION("r4", widen) \
    MCX_DEPTHWISE_POSITION("r5", widen) \
    MCX_DEPTHWISE_POSITION("r6", widen)

#define MCX_DEPTHWISE_ONE(widen)     \
    "ldr    r4, [%[taps]], #4\n\t"   \
    MCX_DEPTHWISE_LOAD("r4")         \
    MCX_DEPTHWISE_POSITION("r4", widen)

#define MCX_DEPTHWISE_LOOP(positions, end)                                                                      \
    __asm__ volatile("1:\n\t" positions                                                                         \
                     "ldr    %[even], %[last]\n\t"                                                              \
                     "cmp    %[taps], %[even]\n\t"                                                              \
                     "bne    1b"                                                                                \
                     : [taps] "+r"(taps), [levels] "+r"(levels), [sum0] "+r"(sum0), [sum1] "+r"(sum1),          \
                       [sum2] "+r"(sum2), [sum3] "+r"(sum3), [even] "=&r"(even), [level] "=&r"(level)           \
                     : [k] "r"(k), [last] "m"(end)                                                              \
                     : "r4", "r5", "r6", "cc", "memory")

#define MCX_DEFINE_DEPTHWISE_BLOCK(variant, input_t, widen)                                                     \
    static inline void mcx_depthwise_block_##variant(const input_t *const *taps, uint32_t count, uint32_t k,    \
                                                     const int16_t *levels, const int32_t *bias, int32_t *acc)  \
    {                                                                                                           \
        const input_t *const *const end = taps + count;                                                         \
        const input_t *const *const threes = taps + count / 3u * 3u;                                            \
        int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;                                                         \
        if (bias != NULL) {                                                                                     \
            sum0 = bias[0];                                                                                     \
            sum1 = bias[1];                                                                                     \
            sum2 = bias[2];                                                                                     \
            sum3 = bias[3];                                                                                     \
        }                                                                                                       \
        uint32_t even, level;                                                                                   \
        if (taps != threes) {                                                                                   \
            MCX_DEPTHWISE_LOOP(MCX_DEPTHWISE_THREE(widen), threes);                                             \
        }                                                                                                       \
        if (taps != end) {                                                                                      \
            MCX_DEPTHWISE_LOOP(MCX_DEPTHWISE_ONE(widen), end);                                                  \
        }                                                                                                       \
        acc[0] = sum0;                                                                                          \
        acc[1] = sum1;                                                                                          \
        acc[2] = sum2;                                                                                          \
        acc[3] = sum3;                                                                                          \
    }

MCX_DEFINE_DEPTHWISE_BLOCK(u7, int8_t, "uxtb16")
MCX_DEFINE_DEPTHWISE_BLOCK(u8, uint8_t, "uxtb16")
MCX_DEFINE_DEPTHWISE_BLOCK(s8, int8_t, "sxtb16")

#endif
