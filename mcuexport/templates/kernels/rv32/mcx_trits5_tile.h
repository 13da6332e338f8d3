/* The look-up of mcx_dense_ternary_radix.h; the definition is generic/mcx_trits5_tile.h.
 *
 * For RV32.
 *
 * Budget: 22 cycles for ten products; about 900 for filling the tables.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_TRITS5_TILE_H
#define MCX_TRITS5_TILE_H

#include "mcx_trits5_words.h"

#define MCX_TRITS5_ADD(byte, table)      \
    "lbu   %[t], " byte "(%[words])\n\t" \
    "slli  %[t], %[t], 1\n\t"            \
    "add   %[t], %[t], %[table]\n\t"     \
    "lh    %[t], " table "(%[t])\n\t"    \
    "add   %[sum], %[sum], %[t]\n\t"

static inline void mcx_trits5_look_up(const uint32_t *words, const mcx_trits5_table_t *table, int32_t *acc,
                                      uint32_t outputs)
{
    uint32_t sum, t;
    __asm__ volatile("1:\n\t"
                     "lw    %[sum], 0(%[acc])\n\t"
                     MCX_TRITS5_ADD("0", "0")
                     MCX_TRITS5_ADD("1", "504")
                     "addi  %[words], %[words], 2\n\t"
                     "sw    %[sum], 0(%[acc])\n\t"
                     "addi  %[acc], %[acc], 4\n\t"
                     "bne   %[acc], %[end], 1b"
                     : [words] "+r"(words), [acc] "+r"(acc), [sum] "=&r"(sum), [t] "=&r"(t)
                     : [table] "r"(table), [end] "r"(acc + outputs)
                     : "memory");
}

#endif
