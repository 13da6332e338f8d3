/* The innermost loop of mcx_nibble_columns.h, eight outputs, for a list of at most 256 entries.
 *
 * For cores with SMLAD; the definition is mcx_nibble_columns_plain.h.  The columns of two entries make the lanes
 * of two words, which are multiplied as in mcx_nibble_pairs.h.  Thirteen registers are in use: `words` and `end`
 * stay in memory.  clang keeps one of the thirteen to itself, and gets plain C.
 *
 * Bound: the last difference has 20 bits left for its value, and 8 * 255 * 256 < 2^19.
 * Two pairs of entries a round; an odd number of them starts in the middle.
 *
 * Budget: 31 cycles for two entries, sixteen products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_NIBBLE_COLUMNS_BLOCK_H
#define MCX_NIBBLE_COLUMNS_BLOCK_H

#if defined(__clang__) || !defined(__OPTIMIZE__)
#include "mcx_nibble_columns_plain.h"
#else

#include <stdint.h>

/* Four outputs times the two inputs in %[x]. */
#define MCX_NIBBLES(raw0, raw1, raw2, raw3)    \
    "smlad " raw3 ", %[t], %[x], " raw3 "\n\t" \
    "bic   %[t], %[t], #0xF000F000\n\t"        \
    "smlad " raw2 ", %[t], %[x], " raw2 "\n\t" \
    "uxtb16 %[t], %[t]\n\t"                    \
    "smlad " raw1 ", %[t], %[x], " raw1 "\n\t" \
    "and   %[t], %[t], #0x000F000F\n\t"        \
    "smlad " raw0 ", %[t], %[x], " raw0 "\n\t"

/* Eight outputs times two entries. */
#define MCX_NIBBLE_COLUMNS(widen)                           \
    "ldrd  %[a], %[b], [%[list]], #8\n\t"                   \
    "ldr   %[t], %[words]\n\t"                              \
    "pkhbt %[x], %[a], %[b], lsl #16\n\t"                   \
    widen " %[x], %[x]\n\t"                                 \
    "lsr   %[a], %[a], #8\n\t"                              \
    "lsr   %[b], %[b], #8\n\t"                              \
    "ldr   %[a], [%[t], %[a]]\n\t"                          \
    "ldr   %[b], [%[t], %[b]]\n\t"                          \
    "pkhbt %[t], %[a], %[b], lsl #16\n\t"                   \
    MCX_NIBBLES("%[raw0]", "%[raw1]", "%[raw2]", "%[raw3]") \
    "pkhtb %[t], %[b], %[a], asr #16\n\t"                   \
    MCX_NIBBLES("%[raw4]", "%[raw5]", "%[raw6]", "%[raw7]")

#define MCX_DEFINE_NIBBLE_COLUMNS_BLOCK(sign, widen)                                                     \
    static inline void mcx_nibble_columns_block_##sign(const uint32_t *words, const uint32_t *list,      \
                                                       uint32_t count, int32_t *acc)                     \
    {                                                                                                    \
        const uint32_t *const end = list + count + count % 2u;                                           \
        uint32_t raw0 = 0u, raw1 = 0u, raw2 = 0u, raw3 = 0u, raw4 = 0u, raw5 = 0u, raw6 = 0u, raw7 = 0u; \
        uint32_t a, b, x, t = (count + 1u) / 2u;                                                         \
        __asm__ volatile("lsrs  %[t], %[t], #1\n\t"                                                      \
                         "bcs   2f\n\t"                                                                  \
                         "1:\n\t" MCX_NIBBLE_COLUMNS(widen)                                              \
                         "2:\n\t" MCX_NIBBLE_COLUMNS(widen)                                              \
                         "ldr   %[t], %[end]\n\t"                                                        \
                         "cmp   %[list], %[t]\n\t"                                                       \
                         "bne   1b"                                                                      \
                         : [list] "+r"(list), [raw0] "+r"(raw0), [raw1] "+r"(raw1), [raw2] "+r"(raw2),   \
                           [raw3] "+r"(raw3), [raw4] "+r"(raw4), [raw5] "+r"(raw5), [raw6] "+r"(raw6),   \
                           [raw7] "+r"(raw7), [a] "=&r"(a), [b] "=&r"(b), [x] "=&r"(x), [t] "+r"(t)      \
                         : [words] "m"(words), [end] "m"(end)                                            \
                         : "cc", "memory");                                                              \
        acc[0] += (int32_t)raw0;                                                                         \
        acc[1] += (int32_t)(raw1 - raw0) >> 4;                                                           \
        acc[2] += (int32_t)(raw2 - raw1) >> 8;                                                           \
        acc[3] += (int32_t)(raw3 - raw2) >> 12;                                                          \
        acc[4] += (int32_t)raw4;                                                                         \
        acc[5] += (int32_t)(raw5 - raw4) >> 4;                                                           \
        acc[6] += (int32_t)(raw6 - raw5) >> 8;                                                           \
        acc[7] += (int32_t)(raw7 - raw6) >> 12;                                                          \
    }

MCX_DEFINE_NIBBLE_COLUMNS_BLOCK(unsigned, "uxtb16")
MCX_DEFINE_NIBBLE_COLUMNS_BLOCK(signed, "sxtb16")

#endif
#endif
