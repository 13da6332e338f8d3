/* Blocks of four outputs over at most 32 groups of eight inputs, 8-bit codes: acc[o] += sum of code * x.
 *
 * For cores with SMLAD; the definition, and the words drawn, in mcx_byte_pairs_plain.h.  The whole word is
 * multiplied, then the word with only its even bytes; the difference of the two sums is 256 times the sum of
 * the odd ones.  That is 3 instructions for 4 products.
 *
 * Bound: the difference has 24 bits left for its value, and 128 * 255 * 256 < 2^23.
 * Budget: 42 cycles for the 32 products of a group, and 2 for the loop.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTE_PAIRS_H
#define MCX_BYTE_PAIRS_H

#ifndef __OPTIMIZE__
#include "mcx_byte_pairs_plain.h"
#else

#include "mcx_dense_blocks.h"

/* Two outputs times the pair in `pair`. */
#define MCX_BYTES(word, pair, both, even)              \
    "smlad " both ", " word ", " pair ", " both "\n\t" \
    "uxtb16 " word ", " word "\n\t"                    \
    "smlad " even ", " word ", " pair ", " even "\n\t"

/* Four outputs times four inputs. */
#define MCX_BYTES_INPUTS(widen)                      \
    "ldr   %[odd], [%[x]], #4\n\t"                   \
    "ldm   %[words]!, {r4, r5, r6, r8}\n\t"          \
    widen " %[even], %[odd]\n\t"                     \
    widen " %[odd], %[odd], ror #8\n\t"              \
    MCX_BYTES("r4", "%[even]", "%[raw1]", "%[raw0]") \
    MCX_BYTES("r5", "%[even]", "%[raw3]", "%[raw2]") \
    MCX_BYTES("r6", "%[odd]", "%[raw1]", "%[raw0]")  \
    MCX_BYTES("r8", "%[odd]", "%[raw3]", "%[raw2]")

/* Two groups a round; an odd number of them starts in the middle. */
#define MCX_DEFINE_BYTE_PAIRS(variant, input_t, widen)                                                      \
    static inline void mcx_byte_pairs_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc,     \
                                                uint32_t outputs)                                           \
    {                                                                                                       \
        const uint32_t *words = span->weights + 8u * span->first;                                           \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += 8u * span->all) {                              \
            const uint32_t *word = words;                                                                   \
            const input_t *at = x;                                                                          \
            uint32_t rounds = span->groups + 1u;                                                            \
            uint32_t raw0 = 0u, raw1 = 0u, raw2 = 0u, raw3 = 0u;                                            \
            uint32_t even, odd;                                                                             \
            __asm__ volatile("lsrs  %[rounds], %[rounds], #1\n\t"                                           \
                             "bcc   2f\n\t"                                                                 \
                             "1:\n\t" MCX_BYTES_INPUTS(widen) MCX_BYTES_INPUTS(widen)                       \
                             "2:\n\t" MCX_BYTES_INPUTS(widen) MCX_BYTES_INPUTS(widen)                       \
                             "subs  %[rounds], #1\n\t"                                                      \
                             "bne   1b"                                                                     \
                             : [words] "+r"(word), [x] "+r"(at), [rounds] "+r"(rounds), [raw0] "+r"(raw0),  \
                               [raw1] "+r"(raw1), [raw2] "+r"(raw2), [raw3] "+r"(raw3), [even] "=&r"(even), \
                               [odd] "=&r"(odd)                                                             \
                             :                                                                              \
                             : "r4", "r5", "r6", "r8", "cc", "memory");                                     \
            const int32_t sums[4] = {(int32_t)raw0, (int32_t)(raw1 - raw0) >> 8, (int32_t)raw2,             \
                                     (int32_t)(raw3 - raw2) >> 8};                                          \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                     \
        }                                                                                                   \
    }

MCX_DEFINE_BYTE_PAIRS(u7, int8_t, "uxtb16")
MCX_DEFINE_BYTE_PAIRS(u8, uint8_t, "uxtb16")
MCX_DEFINE_BYTE_PAIRS(s8, int8_t, "sxtb16")

#endif
#endif
