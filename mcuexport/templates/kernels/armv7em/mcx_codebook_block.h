/* The innermost loop of mcx_codebook.h, four outputs over some groups of inputs.
 *
 * For cores with SMLAD; the definition is mcx_codebook_block_plain.h.  The four loads of an output's two pairs
 * follow each other, so that they are pipelined.
 *
 * Budget: 7 cycles for four products; 4 for widening four inputs, 4 for the loop, once in a group.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CODEBOOK_BLOCK_H
#define MCX_CODEBOOK_BLOCK_H

#ifndef __OPTIMIZE__
#include "mcx_codebook_block_plain.h"
#else

#include <stdint.h>

/* An output times four inputs. */
#define MCX_CODEBOOK_OUTPUT(sum)                \
    "ldrb  %[a], [%[words]], #1\n\t"            \
    "ldrb  %[b], [%[words]], #1\n\t"            \
    "ldr   %[a], [%[table], %[a], lsl #2]\n\t"  \
    "ldr   %[b], [%[table], %[b], lsl #2]\n\t"  \
    "smlad " sum ", %[a], %[even], " sum "\n\t" \
    "smlad " sum ", %[b], %[odd], " sum "\n\t"

#define MCX_CODEBOOK_INPUTS(widen)      \
    "ldr   %[odd], [%[x]], #4\n\t"      \
    widen " %[even], %[odd]\n\t"        \
    widen " %[odd], %[odd], ror #8\n\t" \
    MCX_CODEBOOK_OUTPUT("%[sum0]")      \
    MCX_CODEBOOK_OUTPUT("%[sum1]")      \
    MCX_CODEBOOK_OUTPUT("%[sum2]")      \
    MCX_CODEBOOK_OUTPUT("%[sum3]")

#define MCX_DEFINE_CODEBOOK_BLOCK(variant, input_t, widen)                                             \
    static inline void mcx_codebook_block_##variant(const uint32_t *table, const uint32_t *words,      \
                                                    const input_t *x, uint32_t groups, int32_t *sums)  \
    {                                                                                                  \
        int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;                                                \
        uint32_t a, b, even, odd;                                                                      \
        __asm__ volatile("1:\n\t"                                                                      \
                         MCX_CODEBOOK_INPUTS(widen)                                                    \
                         MCX_CODEBOOK_INPUTS(widen)                                                    \
                         "subs  %[groups], #1\n\t"                                                     \
                         "bne   1b"                                                                    \
                         : [words] "+r"(words), [x] "+r"(x), [groups] "+r"(groups), [sum0] "+r"(sum0), \
                           [sum1] "+r"(sum1), [sum2] "+r"(sum2), [sum3] "+r"(sum3), [a] "=&r"(a),      \
                           [b] "=&r"(b), [even] "=&r"(even), [odd] "=&r"(odd)                          \
                         : [table] "r"(table)                                                          \
                         : "cc", "memory");                                                            \
        sums[0] = sum0;                                                                                \
        sums[1] = sum1;                                                                                \
        sums[2] = sum2;                                                                                \
        sums[3] = sum3;                                                                                \
    }

MCX_DEFINE_CODEBOOK_BLOCK(u7, int8_t, "uxtb16")
MCX_DEFINE_CODEBOOK_BLOCK(u8, uint8_t, "uxtb16")
MCX_DEFINE_CODEBOOK_BLOCK(s8, int8_t, "sxtb16")

#endif
#endif
