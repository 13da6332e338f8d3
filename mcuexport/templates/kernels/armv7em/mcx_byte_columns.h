/* Blocks of four outputs over at most 256 listed inputs, 8-bit codes: acc[o] += sum of code * x.
 *
 * For cores with SMLAD; the definition, and the words drawn, in mcx_byte_columns_plain.h.  The columns of two
 * entries make the lanes of two words, which are multiplied as in mcx_byte_pairs.h.
 *
 * Bound: the difference of two sums has 24 bits left for its value, and 128 * 255 * 256 < 2^23.
 * Two pairs of entries a round; an odd number of them starts in the middle.
 *
 * Budget: 20 cycles for two entries, eight products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTE_COLUMNS_H
#define MCX_BYTE_COLUMNS_H

#ifndef __OPTIMIZE__
#include "mcx_byte_columns_plain.h"
#else

#include "mcx_nonzero.h"

/* Two outputs times the two inputs in %[x]. */
#define MCX_BYTES(word, both, even)                \
    "smlad " both ", " word ", %[x], " both "\n\t" \
    "uxtb16 " word ", " word "\n\t"                \
    "smlad " even ", " word ", %[x], " even "\n\t"

/* Four outputs times two entries. */
#define MCX_BYTE_COLUMNS(widen)             \
    "ldrd  %[a], %[b], [%[list]], #8\n\t"   \
    "pkhbt %[x], %[a], %[b], lsl #16\n\t"   \
    widen " %[x], %[x]\n\t"                 \
    "lsr   %[a], %[a], #8\n\t"              \
    "lsr   %[b], %[b], #8\n\t"              \
    "ldr   %[a], [%[words], %[a]]\n\t"      \
    "ldr   %[b], [%[words], %[b]]\n\t"      \
    "pkhbt %[t], %[a], %[b], lsl #16\n\t"   \
    "pkhtb %[b], %[b], %[a], asr #16\n\t"   \
    MCX_BYTES("%[t]", "%[raw1]", "%[raw0]") \
    MCX_BYTES("%[b]", "%[raw3]", "%[raw2]")

#define MCX_DEFINE_BYTE_COLUMNS(sign, widen)                                                                 \
    static inline void mcx_byte_columns_##sign(const mcx_columns_t *columns, int32_t *acc, uint32_t outputs) \
    {                                                                                                        \
        const uint32_t *words = columns->weights;                                                            \
        const uint32_t *const end = columns->list + columns->count + columns->count % 2u;                    \
        for (uint32_t o = 0u; o < outputs; o += 4u, words += columns->inputs) {                              \
            const uint32_t *list = columns->list;                                                            \
            uint32_t raw0 = 0u, raw1 = 0u, raw2 = 0u, raw3 = 0u, a, b, x;                                    \
            uint32_t t = (columns->count + 1u) / 2u;                                                         \
            __asm__ volatile("lsrs  %[t], %[t], #1\n\t"                                                      \
                             "bcs   2f\n\t"                                                                  \
                             "1:\n\t" MCX_BYTE_COLUMNS(widen)                                                \
                             "2:\n\t" MCX_BYTE_COLUMNS(widen)                                                \
                             "cmp   %[list], %[end]\n\t"                                                     \
                             "bne   1b"                                                                      \
                             : [list] "+r"(list), [raw0] "+r"(raw0), [raw1] "+r"(raw1), [raw2] "+r"(raw2),   \
                               [raw3] "+r"(raw3), [a] "=&r"(a), [b] "=&r"(b), [x] "=&r"(x), [t] "+r"(t)      \
                             : [words] "r"(words), [end] "r"(end)                                            \
                             : "cc", "memory");                                                              \
            const int32_t sums[4] = {(int32_t)raw0, (int32_t)(raw1 - raw0) >> 8, (int32_t)raw2,              \
                                     (int32_t)(raw3 - raw2) >> 8};                                           \
            mcx_add_to_acc(acc + o, outputs - o, sums);                                                      \
        }                                                                                                    \
    }

MCX_DEFINE_BYTE_COLUMNS(unsigned, "uxtb16")
MCX_DEFINE_BYTE_COLUMNS(signed, "sxtb16")

#endif
#endif
