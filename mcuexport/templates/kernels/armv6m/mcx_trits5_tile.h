/* The look-up of mcx_dense_ternary_radix.h; the definition is generic/mcx_trits5_tile.h.
 *
 * For ARMv6-M and later.
 *
 * Budget: 20 cycles for ten products; about 1,200 for filling the tables.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_TRITS5_TILE_H
#define MCX_TRITS5_TILE_H

#include "mcx_trits5_words.h"

#define MCX_TRITS5_ADD(byte, table)         \
    "ldrb  %[t], [%[words], #" byte "]\n\t" \
    "lsls  %[t], %[t], #1\n\t"              \
    "ldrsh %[t], [%[" table "], %[t]]\n\t"  \
    "adds  %[sum], %[sum], %[t]\n\t"

static inline void mcx_trits5_look_up(const uint32_t *words, const mcx_trits5_table_t *table, int32_t *acc,
                                      uint32_t outputs)
{
    uint32_t sum, t;
    __asm__ volatile(".syntax unified\n"
                     "1:\n\t"
                     "ldr   %[sum], [%[acc]]\n\t"
                     MCX_TRITS5_ADD("0", "first")
                     MCX_TRITS5_ADD("1", "second")
                     "adds  %[words], #2\n\t"
                     "stm   %[acc]!, {%[sum]}\n\t"
                     "cmp   %[acc], %[end]\n\t"
                     "bne   1b"
                     : [words] "+l"(words), [acc] "+l"(acc), [sum] "=&l"(sum), [t] "=&l"(t)
                     : [first] "l"(table->words[0]), [second] "l"(table->words[1]), [end] "h"(acc + outputs)
                     : "cc", "memory");
}

#endif
