/* The innermost loop of mcx_dense_ternary_radix.h, three outputs: sums[j] = sum of q * z.
 *
 * For cores with SMLAD; the definition is mcx_radix_block_plain.h.  Two bytes of a word go to the lanes of a
 * register, which is multiplied by three from digit to digit: 255 * 3^5 < 2^16.
 *
 * Budget: 126 cycles for a group, 60 products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_RADIX_BLOCK_H
#define MCX_RADIX_BLOCK_H

#ifndef __OPTIMIZE__
#include "mcx_radix_block_plain.h"
#else

#include <stdint.h>

#define MCX_RADIX_ADD(word, sum)                     \
    "add   " word ", " word ", " word ", lsl #1\n\t" \
    "uxtb16 %[q], " word ", ror #8\n\t"              \
    "smlad " sum ", %[q], %[t], " sum "\n\t"

#define MCX_RADIX_DIGIT            \
    "ldr   %[t], [%[z]], #4\n\t"   \
    MCX_RADIX_ADD("r4", "%[sum0]") \
    MCX_RADIX_ADD("r5", "%[sum1]") \
    MCX_RADIX_ADD("r6", "%[sum2]")

#define MCX_RADIX_DIGITS MCX_RADIX_DIGIT MCX_RADIX_DIGIT MCX_RADIX_DIGIT MCX_RADIX_DIGIT MCX_RADIX_DIGIT

static inline void mcx_radix_block(const uint32_t *words, const uint32_t *z, uint32_t groups, int32_t *sums)
{
    const uint32_t *const end = z + 10u * groups;
    uint32_t sum0 = 0u, sum1 = 0u, sum2 = 0u, q, t;
    __asm__ volatile("1:\n\t"
                     "ldm   %[words], {r4, r5, r6}\n\t"
                     "uxtb16 r4, r4\n\t"
                     "uxtb16 r5, r5\n\t"
                     "uxtb16 r6, r6\n\t"
                     MCX_RADIX_DIGITS
                     "ldm   %[words]!, {r4, r5, r6}\n\t"
                     "uxtb16 r4, r4, ror #8\n\t"
                     "uxtb16 r5, r5, ror #8\n\t"
                     "uxtb16 r6, r6, ror #8\n\t"
                     MCX_RADIX_DIGITS
                     "cmp   %[z], %[end]\n\t"
                     "bne   1b"
                     : [words] "+r"(words), [z] "+r"(z), [sum0] "+r"(sum0), [sum1] "+r"(sum1), [sum2] "+r"(sum2),
                       [q] "=&r"(q), [t] "=&r"(t)
                     : [end] "r"(end)
                     : "r4", "r5", "r6", "cc", "memory");
    sums[0] = (int32_t)sum0;
    sums[1] = (int32_t)sum1;
    sums[2] = (int32_t)sum2;
}

#endif
#endif
