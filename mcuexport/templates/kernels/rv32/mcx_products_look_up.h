/* The innermost loop of mcx_products.h: acc[o] += the sixteen products of output o.
 *
 * For RV32; the definition is lut/mcx_products_look_up.h.
 *
 * Budget: 6 cycles for a product and 12 for an output.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PRODUCTS_LOOK_UP_H
#define MCX_PRODUCTS_LOOK_UP_H

#include <stdint.h>

/* A nibble times two (a product's size) to %[t], and the product from an input's table at `table`. */
#define MCX_PRODUCTS_ADD(turn, table) \
    turn "\n\t"                       \
    "andi  %[t], %[t], 0x1E\n\t"      \
    "add   %[t], %[t], %[table]\n\t"  \
    "lh    %[t], " table "(%[t])\n\t" \
    "add   %[sum], %[sum], %[t]\n\t"

#define MCX_PRODUCTS_WORD(at, t0, t1, t2, t3, t4, t5, t6, t7) \
    "lw    %[word], " at "(%[words])\n\t"                     \
    MCX_PRODUCTS_ADD("slli  %[t], %[word], 1", t0)            \
    MCX_PRODUCTS_ADD("srli  %[t], %[word], 3", t1)            \
    MCX_PRODUCTS_ADD("srli  %[t], %[word], 7", t2)            \
    MCX_PRODUCTS_ADD("srli  %[t], %[word], 11", t3)           \
    MCX_PRODUCTS_ADD("srli  %[t], %[word], 15", t4)           \
    MCX_PRODUCTS_ADD("srli  %[t], %[word], 19", t5)           \
    MCX_PRODUCTS_ADD("srli  %[t], %[word], 23", t6)           \
    MCX_PRODUCTS_ADD("srli  %[t], %[word], 27", t7)

static inline void mcx_products_look_up(const uint32_t *words, int16_t (*table)[16], int32_t *acc, uint32_t outputs)
{
    uint32_t word, sum, t;
    __asm__ volatile("1:\n\t"
                     "lw    %[sum], 0(%[acc])\n\t"
                     MCX_PRODUCTS_WORD("0", "0", "32", "64", "96", "128", "160", "192", "224")
                     MCX_PRODUCTS_WORD("4", "256", "288", "320", "352", "384", "416", "448", "480")
                     "addi  %[words], %[words], 8\n\t"
                     "sw    %[sum], 0(%[acc])\n\t"
                     "addi  %[acc], %[acc], 4\n\t"
                     "bne   %[acc], %[end], 1b"
                     : [words] "+r"(words), [acc] "+r"(acc), [word] "=&r"(word), [sum] "=&r"(sum), [t] "=&r"(t)
                     : [table] "r"(table), [end] "r"(acc + outputs)
                     : "memory");
}

#endif
