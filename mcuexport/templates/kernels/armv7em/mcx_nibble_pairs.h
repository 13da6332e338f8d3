/* Blocks of four outputs over at most 32 groups of eight inputs, 4-bit codes: acc[o] += sum of code * x.
 *
 * For cores with SMLAD; the definition, and the words drawn, in mcx_nibble_pairs_plain.h.  No code is taken out
 * of its word: the whole word is multiplied, then the word without its highest nibbles, and so on, each into a
 * sum of its own; the differences of neighbouring sums are 16^j times those we want.  That is 7 instructions
 * for 8 products.
 *
 * Bound: the last difference has 20 bits left for its value, and 8 * 255 * 256 < 2^19.
 * Budget: 41 cycles for the 32 products of a group, and 2 for the loop.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_NIBBLE_PAIRS_H
#define MCX_NIBBLE_PAIRS_H

#ifndef __OPTIMIZE__
#include "mcx_nibble_pairs_plain.h"
#else

#include "mcx_dense_blocks.h"

/* Four outputs times the pair in `pair`. */
#define MCX_NIBBLES(word, pair)                      \
    "smlad %[raw3], " word ", " pair ", %[raw3]\n\t" \
    "bic   " word ", " word ", #0xF000F000\n\t"      \
    "smlad %[raw2], " word ", " pair ", %[raw2]\n\t" \
    "uxtb16 " word ", " word "\n\t"                  \
    "smlad %[raw1], " word ", " pair ", %[raw1]\n\t" \
    "and   " word ", " word ", #0x000F000F\n\t"      \
    "smlad %[raw0], " word ", " pair ", %[raw0]\n\t"

/* The inputs of one word: bytes 0 and 2 to the lanes of %[even], 1 and 3 to those of %[odd]. */
#define MCX_NIBBLES_LOAD(widen)    \
    "ldr   %[odd], [%[x]], #4\n\t" \
    widen " %[even], %[odd]\n\t"   \
    widen " %[odd], %[odd], ror #8\n\t"

#define MCX_NIBBLES_GROUP(widen)            \
    "ldm   %[words]!, {r4, r5, r6, r8}\n\t" \
    MCX_NIBBLES_LOAD(widen)                 \
    MCX_NIBBLES("r4", "%[even]")            \
    MCX_NIBBLES("r5", "%[odd]")             \
    MCX_NIBBLES_LOAD(widen)                 \
    MCX_NIBBLES("r6", "%[even]")            \
    MCX_NIBBLES("r8", "%[odd]")

/* Two groups a round; an odd number of them starts in the middle. */
#define MCX_DEFINE_NIBBLE_PAIRS(variant, input_t, widen)                                                    \
    static inline void mcx_nibble_pairs_##variant(const mcx_span_t *span, const input_t *x, int32_t *acc,   \
                                                  uint32_t outputs)                                         \
    {                                                                                                       \
        const uint32_t *words = span->weights + 4u * span->first;                                           \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += 4u * span->all) {                              \
            const uint32_t *word = words;                                                                   \
            const input_t *at = x;                                                                          \
            uint32_t rounds = span->groups + 1u;                                                            \
            uint32_t raw0 = 0u, raw1 = 0u, raw2 = 0u, raw3 = 0u;                                            \
            uint32_t even, odd;                                                                             \
            __asm__ volatile("lsrs  %[rounds], %[rounds], #1\n\t"                                           \
                             "bcc   2f\n\t"                                                                 \
                             "1:\n\t" MCX_NIBBLES_GROUP(widen)                                              \
                             "2:\n\t" MCX_NIBBLES_GROUP(widen)                                              \
                             "subs  %[rounds], #1\n\t"                                                      \
                             "bne   1b"                                                                     \
                             : [words] "+r"(word), [x] "+r"(at), [rounds] "+r"(rounds), [raw0] "+r"(raw0),  \
                               [raw1] "+r"(raw1), [raw2] "+r"(raw2), [raw3] "+r"(raw3), [even] "=&r"(even), \
                               [odd] "=&r"(odd)                                                             \
                             :                                                                              \
                             : "r4", "r5", "r6", "r8", "cc", "memory");                                     \
            const int32_t sums[4] = {(int32_t)raw0, (int32_t)(raw1 - raw0) >> 4, (int32_t)(raw2 - raw1) >> 8, \
                                     (int32_t)(raw3 - raw2) >> 12};                                         \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                     \
        }                                                                                                   \
    }

MCX_DEFINE_NIBBLE_PAIRS(u7, int8_t, "uxtb16")
MCX_DEFINE_NIBBLE_PAIRS(u8, uint8_t, "uxtb16")
MCX_DEFINE_NIBBLE_PAIRS(s8, int8_t, "sxtb16")

#endif
#endif
