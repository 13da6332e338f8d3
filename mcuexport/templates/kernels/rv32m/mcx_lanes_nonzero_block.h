/* The innermost loop of mcx_lanes_nonzero.h, eight outputs; the definition is mul/mcx_lanes_nonzero_block.h.
 *
 * For RV32 with M; sixteen registers suffice.
 *
 * Two entries a round.
 *
 * Budget: 24 cycles for an entry of the list, eight products (27 of 2 bits); emptying the sums takes 46.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LANES_NONZERO_BLOCK_H
#define MCX_LANES_NONZERO_BLOCK_H

#include <stdint.h>

/* The product of the codes at the lowest bits of each half of `codes`, into one sum. */
#define MCX_COLUMN_ADD(codes, sum)       \
    "and   %[t], " codes ", %[mask]\n\t" \
    "mul   %[t], %[t], %[x]\n\t"         \
    "add   " sum ", " sum ", %[t]\n\t"

#define MCX_COLUMN_AT(shift, sum)        \
    "srli  %[t], %[word], " shift "\n\t" \
    MCX_COLUMN_ADD("%[t]", sum)

#define MCX_COLUMN_PRODUCTS(at1, at2, at3) \
    MCX_COLUMN_ADD("%[word]", "%[sum0]")   \
    MCX_COLUMN_AT(at1, "%[sum1]")          \
    MCX_COLUMN_AT(at2, "%[sum2]")          \
    MCX_COLUMN_AT(at3, "%[sum3]")

#define MCX_COLUMN_UNSIGNED_INPUT "andi  %[x], %[word], 0xFF\n\t"
#define MCX_COLUMN_SIGNED_INPUT "slli  %[x], %[word], 24\n\tsrai  %[x], %[x], 24\n\t"

/* The input, and its word of codes: 4 bits, one input to a word. */
#define MCX_COLUMN4(at, input)             \
    "lw    %[word], " at "(%[list])\n\t"   \
    input                                  \
    "srli  %[word], %[word], 8\n\t"        \
    "add   %[word], %[word], %[words]\n\t" \
    "lw    %[word], 0(%[word])\n\t"        \
    MCX_COLUMN_PRODUCTS("4", "8", "12")

/* 2 bits, two inputs to a word; bit 8 of the entry says which. */
#define MCX_COLUMN2(at, input)             \
    "lw    %[word], " at "(%[list])\n\t"   \
    input                                  \
    "andi  %[t], %[word], 0x100\n\t"       \
    "srli  %[t], %[t], 5\n\t"              \
    "srli  %[word], %[word], 9\n\t"        \
    "add   %[word], %[word], %[words]\n\t" \
    "lw    %[word], 0(%[word])\n\t"        \
    "srl   %[word], %[word], %[t]\n\t"     \
    MCX_COLUMN_PRODUCTS("2", "4", "6")

/* A sum into acc[j], its low half, and acc[j + 4]; acc in %[words]. */
#define MCX_COLUMN_EMPTY(sum, at_low, at_high, low, high) \
    low(sum)                                              \
    "lw    %[word], " at_low "(%[words])\n\t"             \
    "add   %[word], %[word], %[x]\n\t"                    \
    "sw    %[word], " at_low "(%[words])\n\t"             \
    high(sum)                                             \
    "lw    %[word], " at_high "(%[words])\n\t"            \
    "add   %[word], %[word], " sum "\n\t"                 \
    "sw    %[word], " at_high "(%[words])\n\t"

#define MCX_COLUMN_LOW_UNSIGNED(sum) "slli  %[x], " sum ", 16\n\tsrli  %[x], %[x], 16\n\t"
#define MCX_COLUMN_HIGH_UNSIGNED(sum) "srli  " sum ", " sum ", 16\n\t"
#define MCX_COLUMN_LOW_SIGNED(sum) "slli  %[x], " sum ", 16\n\tsrai  %[x], %[x], 16\n\t"
#define MCX_COLUMN_HIGH_SIGNED(sum) "sub   " sum ", " sum ", %[x]\n\tsrai  " sum ", " sum ", 16\n\t"

#define MCX_COLUMN_EMPTY_ALL(low, high)               \
    "lw    %[words], %[acc]\n\t"                      \
    MCX_COLUMN_EMPTY("%[sum0]", "0", "16", low, high) \
    MCX_COLUMN_EMPTY("%[sum1]", "4", "20", low, high) \
    MCX_COLUMN_EMPTY("%[sum2]", "8", "24", low, high) \
    MCX_COLUMN_EMPTY("%[sum3]", "12", "28", low, high)

#define MCX_DEFINE_LANES_NONZERO_BLOCK(bits, sign, SIGN)                                                          \
    static inline void mcx_lanes##bits##_nonzero_block_##sign(const uint32_t *words, const uint32_t *list,        \
                                                              uint32_t count, int32_t *acc)                       \
    {                                                                                                             \
        uint32_t sum0 = 0u, sum1 = 0u, sum2 = 0u, sum3 = 0u, word, x, t;                                          \
        __asm__ volatile("1:\n\t"                                                                                 \
                         MCX_COLUMN##bits("0", MCX_COLUMN_##SIGN##_INPUT)                                         \
                         MCX_COLUMN##bits("4", MCX_COLUMN_##SIGN##_INPUT)                                         \
                         "addi  %[list], %[list], 8\n\t"                                                          \
                         "bne   %[list], %[end], 1b\n\t"                                                          \
                         MCX_COLUMN_EMPTY_ALL(MCX_COLUMN_LOW_##SIGN, MCX_COLUMN_HIGH_##SIGN)                      \
                         : [words] "+r"(words), [list] "+r"(list), [sum0] "+r"(sum0), [sum1] "+r"(sum1),          \
                           [sum2] "+r"(sum2), [sum3] "+r"(sum3), [word] "=&r"(word), [x] "=&r"(x), [t] "=&r"(t)   \
                         : [end] "r"(list + count + count % 2u), [mask] "r"(((1u << (bits)) - 1u) * 0x00010001u), \
                           [acc] "m"(acc)                                                                         \
                         : "memory");                                                                             \
    }

#define MCX_DEFINE_LANES_NONZERO_BLOCKS(bits)                \
    MCX_DEFINE_LANES_NONZERO_BLOCK(bits, unsigned, UNSIGNED) \
    MCX_DEFINE_LANES_NONZERO_BLOCK(bits, signed, SIGNED)

MCX_DEFINE_LANES_NONZERO_BLOCKS(4)
MCX_DEFINE_LANES_NONZERO_BLOCKS(2)

#endif
