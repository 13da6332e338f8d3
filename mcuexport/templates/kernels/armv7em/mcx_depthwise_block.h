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

#ifndef __OPTIMIZE__
#include "mcx_depthwise_block_plain.h"
#else

#include <stddef.h>
#include <stdint.h>

/*     r0 .. r3       sums
 *     r4, r5, r6     addresses of inputs, then inputs
 *     r8, r10, r11   taps, levels, k
 *     r12, lr        inputs, levels
 *     stack          where the taps end
 *
 * Registers are named, since compilers that know an FPU hand out fewer of their own accord. */

/* From a position's address to its four inputs. */
#define MCX_DEPTHWISE_LOAD(x) "ldr    " x ", [" x ", r11]\n\t"

#define MCX_DEPTHWISE_POSITION(x, widen)        \
    "ldr    lr, [r10], #4\n\t"                  \
    widen " r12, " x "\n\t"                     \
    widen " " x ", " x ", ror #8\n\t"           \
    "smlabb r0, lr, r12, r0\n\t"                \
    "smlatb r1, lr, " x ", r1\n\t"              \
    "ldr    lr, [r10], #4\n\t"                  \
    "smlabt r2, lr, r12, r2\n\t"                \
    "smlatt r3, lr, " x ", r3\n\t"

#define MCX_DEPTHWISE_THREE(widen)      \
    "ldm    r8!, {r4, r5, r6}\n\t"      \
    MCX_DEPTHWISE_LOAD("r4")            \
    MCX_DEPTHWISE_LOAD("r5")            \
    MCX_DEPTHWISE_LOAD("r6")            \
    MCX_DEPTHWISE_POSITION("r4", widen) \
    MCX_DEPTHWISE_POSITION("r5", widen) \
    MCX_DEPTHWISE_POSITION("r6", widen)

#define MCX_DEPTHWISE_ONE(widen) \
    "ldr    r4, [r8], #4\n\t"    \
    MCX_DEPTHWISE_LOAD("r4")     \
    MCX_DEPTHWISE_POSITION("r4", widen)

#define MCX_DEPTHWISE_LOOP(positions, end)                                                                      \
    last = end;                                                                                                 \
    __asm__ volatile("push   {r12}\n"                                                                           \
                     "1:\n\t" positions                                                                         \
                     "ldr    r12, [sp]\n\t"                                                                     \
                     "cmp    r8, r12\n\t"                                                                       \
                     "bne    1b\n\t"                                                                            \
                     "add    sp, sp, #4"                                                                        \
                     : "+r"(sum0), "+r"(sum1), "+r"(sum2), "+r"(sum3), "+r"(at), "+r"(level), "+r"(last)        \
                     : "r"(channel)                                                                             \
                     : "r4", "r5", "r6", "lr", "cc", "memory")

#define MCX_DEFINE_DEPTHWISE_BLOCK(variant, input_t, widen)                                                     \
    static inline void mcx_depthwise_block_##variant(const input_t *const *taps, uint32_t count, uint32_t k,    \
                                                     const int16_t *levels, const int32_t *bias, int32_t *acc)  \
    {                                                                                                           \
        const input_t *const *const end = taps + count;                                                         \
        const input_t *const *const threes = taps + count / 3u * 3u;                                            \
        register int32_t sum0 __asm__("r0") = bias == NULL ? 0 : bias[0];                                       \
        register int32_t sum1 __asm__("r1") = bias == NULL ? 0 : bias[1];                                       \
        register int32_t sum2 __asm__("r2") = bias == NULL ? 0 : bias[2];                                       \
        register int32_t sum3 __asm__("r3") = bias == NULL ? 0 : bias[3];                                       \
        register const input_t *const *at __asm__("r8") = taps;                                                 \
        register const int16_t *level __asm__("r10") = levels;                                                  \
        register uint32_t channel __asm__("r11") = k;                                                           \
        register const input_t *const *last __asm__("r12");                                                     \
        if (at != threes) {                                                                                     \
            MCX_DEPTHWISE_LOOP(MCX_DEPTHWISE_THREE(widen), threes);                                             \
        }                                                                                                       \
        if (at != end) {                                                                                        \
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
#endif
