/* The innermost loop of mcx_lanes_nonzero.h, eight outputs; the definition is mul/mcx_lanes_nonzero_block.h.
 *
 * For ARMv6-M and later; the sums live in r8 to r11, which ADD can reach.
 *
 * Budget: 25 cycles for an entry of the list, eight products (27 of 2 bits); emptying the sums takes 70.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LANES_NONZERO_BLOCK_H
#define MCX_LANES_NONZERO_BLOCK_H

#include <stdint.h>

/* The product of the codes at the lowest bits of each half of %[t], into one sum. */
#define MCX_COLUMN_ADD(t, sum)        \
    "ands  " t ", " t ", %[mask]\n\t" \
    "muls  " t ", %[x], " t "\n\t"    \
    "add   " sum ", " sum ", " t "\n\t"

#define MCX_COLUMN_AT(t, shift, sum)       \
    "lsrs  " t ", %[word], #" shift "\n\t" \
    MCX_COLUMN_ADD(t, sum)

#define MCX_COLUMN_PRODUCTS(at1, at2, at3) \
    "movs  %[t], %[word]\n\t"              \
    MCX_COLUMN_ADD("%[t]", "r8")           \
    MCX_COLUMN_AT("%[t]", at1, "r9")       \
    MCX_COLUMN_AT("%[t]", at2, "r10")      \
    MCX_COLUMN_AT("%[word]", at3, "r11")

/* The input, and its word of codes: 4 bits, one input to a word. */
#define MCX_COLUMN4(extend)                  \
    "ldm   %[list]!, {%[word]}\n\t"          \
    extend " %[x], %[word]\n\t"              \
    "lsrs  %[word], %[word], #8\n\t"         \
    "ldr   %[word], [%[words], %[word]]\n\t" \
    MCX_COLUMN_PRODUCTS("4", "8", "12")

/* 2 bits, two inputs to a word; bit 8 of the entry, now the carry, says which. */
#define MCX_COLUMN2(extend)                  \
    "ldm   %[list]!, {%[word]}\n\t"          \
    extend " %[x], %[word]\n\t"              \
    "lsrs  %[word], %[word], #9\n\t"         \
    "ldr   %[word], [%[words], %[word]]\n\t" \
    "bcc   2f\n\t"                           \
    "lsrs  %[word], %[word], #8\n"           \
    "2:\n\t"                                 \
    MCX_COLUMN_PRODUCTS("2", "4", "6")

/* A sum into acc[j], its low half, and acc[j + 4]; acc in %[list]. */
#define MCX_COLUMN_EMPTY(sum, at_low, at_high, low, high) \
    "mov   %[t], " sum "\n\t"                             \
    low                                                   \
    "ldr   %[word], [%[list], #" at_low "]\n\t"           \
    "adds  %[word], %[word], %[x]\n\t"                    \
    "str   %[word], [%[list], #" at_low "]\n\t"           \
    high                                                  \
    "ldr   %[word], [%[list], #" at_high "]\n\t"          \
    "adds  %[word], %[word], %[t]\n\t"                    \
    "str   %[word], [%[list], #" at_high "]\n\t"

#define MCX_COLUMN_EMPTY_ALL(low, high)           \
    "mov   %[list], %[acc]\n\t"                   \
    MCX_COLUMN_EMPTY("r8", "0", "16", low, high)  \
    MCX_COLUMN_EMPTY("r9", "4", "20", low, high)  \
    MCX_COLUMN_EMPTY("r10", "8", "24", low, high) \
    MCX_COLUMN_EMPTY("r11", "12", "28", low, high)

#define MCX_COLUMN_UNSIGNED MCX_COLUMN_EMPTY_ALL("uxth  %[x], %[t]\n\t", "lsrs  %[t], %[t], #16\n\t")
#define MCX_COLUMN_SIGNED \
    MCX_COLUMN_EMPTY_ALL("sxth  %[x], %[t]\n\t", "subs  %[t], %[t], %[x]\n\tasrs  %[t], %[t], #16\n\t")

#define MCX_DEFINE_LANES_NONZERO_BLOCK(bits, sign, extend, empty)                                          \
    static inline void mcx_lanes##bits##_nonzero_block_##sign(const uint32_t *words, const uint32_t *list, \
                                                              uint32_t count, int32_t *acc)                \
    {                                                                                                      \
        uint32_t word = 0u, x, t;                                                                          \
        __asm__ volatile(".syntax unified\n\t"                                                             \
                         "mov   r8, %[word]\n\t"                                                           \
                         "mov   r9, %[word]\n\t"                                                           \
                         "mov   r10, %[word]\n\t"                                                          \
                         "mov   r11, %[word]\n"                                                            \
                         "1:\n\t" MCX_COLUMN##bits(extend)                                                 \
                         "cmp   %[list], %[end]\n\t"                                                       \
                         "bne   1b\n\t" empty                                                              \
                         : [list] "+l"(list), [word] "+l"(word), [x] "=&l"(x), [t] "=&l"(t)                \
                         : [words] "l"(words), [end] "l"(list + count),                                    \
                           [mask] "l"(((1u << (bits)) - 1u) * 0x00010001u), [acc] "h"(acc)                 \
                         : "r8", "r9", "r10", "r11", "cc", "memory");                                      \
    }

#define MCX_DEFINE_LANES_NONZERO_BLOCKS(bits)                                    \
    MCX_DEFINE_LANES_NONZERO_BLOCK(bits, unsigned, "uxtb ", MCX_COLUMN_UNSIGNED) \
    MCX_DEFINE_LANES_NONZERO_BLOCK(bits, signed, "sxtb ", MCX_COLUMN_SIGNED)

MCX_DEFINE_LANES_NONZERO_BLOCKS(4)
MCX_DEFINE_LANES_NONZERO_BLOCKS(2)

#endif
