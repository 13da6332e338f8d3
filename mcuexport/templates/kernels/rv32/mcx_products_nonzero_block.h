/* The innermost loop of mcx_products_nonzero.h, eight outputs; the definition is
 * lut/mcx_products_nonzero_block.h.
 *
 * For RV32.  Eleven of an RV32E's registers are in use: `words`, `end` and `acc` stay in memory.
 *
 * Budget: 61 cycles for a listed input, eight products; 28 for loading and storing acc.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PRODUCTS_NONZERO_BLOCK_H
#define MCX_PRODUCTS_NONZERO_BLOCK_H

#include <stdint.h>

/* A listed input: its products with the levels of all codes, and the byte offset of its column in a block. */
typedef struct {
    int16_t products[16];
    uint32_t offset;
} mcx_listed_t;

/* A nibble times two (a product's size) to %[t], and its product. */
#define MCX_LISTED_ADD(turn, sum)   \
    turn "\n\t"                     \
    "andi  %[t], %[t], 0x1E\n\t"    \
    "add   %[t], %[t], %[list]\n\t" \
    "lh    %[t], 0(%[t])\n\t"       \
    "add   " sum ", " sum ", %[t]\n\t"

#define MCX_LISTED_ACC(do)      \
    "lw    %[t], %[acc]\n\t"    \
    do " %[sum0], 0(%[t])\n\t"  \
    do " %[sum1], 4(%[t])\n\t"  \
    do " %[sum2], 8(%[t])\n\t"  \
    do " %[sum3], 12(%[t])\n\t" \
    do " %[sum4], 16(%[t])\n\t" \
    do " %[sum5], 20(%[t])\n\t" \
    do " %[sum6], 24(%[t])\n\t" \
    do " %[sum7], 28(%[t])\n\t"

/* At least one input is listed. */
static inline void mcx_products_nonzero_block(const uint32_t *words, const mcx_listed_t *list,
                                              const mcx_listed_t *end, int32_t *acc)
{
    uint32_t sum0, sum1, sum2, sum3, sum4, sum5, sum6, sum7, word, t;
    __asm__ volatile(MCX_LISTED_ACC("lw")
                     "1:\n\t"
                     "lw    %[t], %[words]\n\t"
                     "lw    %[word], 32(%[list])\n\t"
                     "add   %[word], %[word], %[t]\n\t"
                     "lw    %[word], 0(%[word])\n\t"
                     MCX_LISTED_ADD("slli  %[t], %[word], 1", "%[sum0]")
                     MCX_LISTED_ADD("srli  %[t], %[word], 3", "%[sum1]")
                     MCX_LISTED_ADD("srli  %[t], %[word], 7", "%[sum2]")
                     MCX_LISTED_ADD("srli  %[t], %[word], 11", "%[sum3]")
                     MCX_LISTED_ADD("srli  %[t], %[word], 15", "%[sum4]")
                     MCX_LISTED_ADD("srli  %[t], %[word], 19", "%[sum5]")
                     MCX_LISTED_ADD("srli  %[t], %[word], 23", "%[sum6]")
                     MCX_LISTED_ADD("srli  %[t], %[word], 27", "%[sum7]")
                     "lw    %[t], %[end]\n\t"
                     "addi  %[list], %[list], 36\n\t"
                     "bne   %[list], %[t], 1b\n\t"
                     MCX_LISTED_ACC("sw")
                     : [list] "+r"(list), [sum0] "=&r"(sum0), [sum1] "=&r"(sum1), [sum2] "=&r"(sum2),
                       [sum3] "=&r"(sum3), [sum4] "=&r"(sum4), [sum5] "=&r"(sum5), [sum6] "=&r"(sum6),
                       [sum7] "=&r"(sum7), [word] "=&r"(word), [t] "=&r"(t)
                     : [words] "m"(words), [end] "m"(end), [acc] "m"(acc)
                     : "memory");
}

#endif
