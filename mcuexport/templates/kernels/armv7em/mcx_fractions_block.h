/* The innermost loop of mcx_dense_radix23.h, four outputs: sums[j] = sum of code * x.
 *
 * For cores with UMULL in a cycle; the definition is mcx_fractions_block_plain.h.  23 times a fraction leaves the code
 * in one register and the next fraction in the other.
 *
 * Budget: 69 cycles for a group, 28 products; 6 for the loop, once in two groups.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FRACTIONS_BLOCK_H
#define MCX_FRACTIONS_BLOCK_H

#ifndef __OPTIMIZE__
#include "mcx_fractions_block_plain.h"
#else

#include <stdint.h>

/* `half`: B for the first input of a pair, T for the second. */
#define MCX_FRACTIONS_ADD(half, fraction, sum)                          \
    "umull " fraction ", %[code], " fraction ", %[radix]\n\t"           \
    "smlab" half " " sum ", %[code], %[pair], " sum "\n\t"

#define MCX_FRACTIONS_INPUT(half)              \
    MCX_FRACTIONS_ADD(half, "r4", "%[sum0]")   \
    MCX_FRACTIONS_ADD(half, "r5", "%[sum1]")   \
    MCX_FRACTIONS_ADD(half, "r6", "%[sum2]")   \
    MCX_FRACTIONS_ADD(half, "r8", "%[sum3]")

#define MCX_FRACTIONS_LOAD "ldr   %[pair], [%[pairs]], #4\n\t"
#define MCX_FRACTIONS_PAIR MCX_FRACTIONS_LOAD MCX_FRACTIONS_INPUT("b") MCX_FRACTIONS_INPUT("t")

#define MCX_FRACTIONS_GROUP                 \
    "ldm   %[words]!, {r4, r5, r6, r8}\n\t" \
    MCX_FRACTIONS_PAIR MCX_FRACTIONS_PAIR MCX_FRACTIONS_PAIR MCX_FRACTIONS_LOAD MCX_FRACTIONS_INPUT("b")

/* Two groups a round; an odd number of them starts in the middle.  The end of the pairs waits on the stack. */
static inline void mcx_fractions_block(const uint32_t *words, const uint32_t *pairs, uint32_t groups, int32_t *sums)
{
    const uint32_t *end = pairs + 4u * groups;
    uint32_t sum0 = 0u, sum1 = 0u, sum2 = 0u, sum3 = 0u;
    __asm__ volatile("push  {%[pair]}\n\t"
                     "lsrs  %[code], %[code], #1\n\t"
                     "bcs   2f\n\t"
                     "1:\n\t" MCX_FRACTIONS_GROUP
                     "2:\n\t" MCX_FRACTIONS_GROUP
                     "ldr   %[code], [sp]\n\t"
                     "cmp   %[pairs], %[code]\n\t"
                     "bne   1b\n\t"
                     "add   sp, #4"
                     : [words] "+r"(words), [pairs] "+r"(pairs), [code] "+r"(groups), [sum0] "+r"(sum0),
                       [sum1] "+r"(sum1), [sum2] "+r"(sum2), [sum3] "+r"(sum3), [pair] "+r"(end)
                     : [radix] "r"(23u)
                     : "r4", "r5", "r6", "r8", "cc", "memory");
    sums[0] = (int32_t)sum0;
    sums[1] = (int32_t)sum1;
    sums[2] = (int32_t)sum2;
    sums[3] = (int32_t)sum3;
}

#endif
#endif
