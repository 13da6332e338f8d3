/* The tables of mcx_planes.h and their use; the definition is lut/mcx_planes_tile.h.
 *
 * For RV32.
 *
 * Budget: 39 cycles for a plane of an output, 32 products; 9 for each output.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PLANES_TILE_H
#define MCX_PLANES_TILE_H

#include "mcx_planes_pairs.h"

/* The sum for some bits of %[word], times two (a sum's size), from a table that lies at `table`. */
#define MCX_PLANES_INDEX(turn, mask, table, to) \
    turn "\n\t"                                 \
    "andi  %[t], %[t], " mask "\n\t"            \
    "add   %[t], %[t], %[table]\n\t"            \
    "lh    " to ", " table "(%[t])\n\t"

#define MCX_PLANES_ADD(turn, mask, table)                               \
    MCX_PLANES_INDEX("srli  %[t], %[word], " turn, mask, table, "%[t]") \
    "add   %[sum], %[sum], %[t]\n\t"

#define MCX_PLANES_OTHERS               \
    MCX_PLANES_ADD("4", "0x3E", "64")   \
    MCX_PLANES_ADD("9", "0x7E", "128")  \
    MCX_PLANES_ADD("15", "0x3E", "256") \
    MCX_PLANES_ADD("20", "0x3E", "320") \
    MCX_PLANES_ADD("25", "0x7E", "384")

#define MCX_PLANES_FIRST                                              \
    "lw    %[word], 0(%[words])\n\t"                                  \
    MCX_PLANES_INDEX("slli  %[t], %[word], 1", "0x3E", "0", "%[sum]") \
    MCX_PLANES_OTHERS

#define MCX_PLANES_NEXT(at)                                         \
    "lw    %[word], " at "(%[words])\n\t"                           \
    "slli  %[sum], %[sum], 1\n\t"                                   \
    MCX_PLANES_INDEX("slli  %[t], %[word], 1", "0x3E", "0", "%[t]") \
    "add   %[sum], %[sum], %[t]\n\t"                                \
    MCX_PLANES_OTHERS

#define MCX_PLANES1 MCX_PLANES_FIRST "addi  %[words], %[words], 4\n\t"
#define MCX_PLANES2 MCX_PLANES_FIRST MCX_PLANES_NEXT("4") "addi  %[words], %[words], 8\n\t"
#define MCX_PLANES4                                                                  \
    MCX_PLANES_FIRST MCX_PLANES_NEXT("4") MCX_PLANES_NEXT("8") MCX_PLANES_NEXT("12") \
    "addi  %[words], %[words], 16\n\t"
#define MCX_PLANES5                                                                                       \
    MCX_PLANES_FIRST MCX_PLANES_NEXT("4") MCX_PLANES_NEXT("8") MCX_PLANES_NEXT("12") MCX_PLANES_NEXT("16") \
    "addi  %[words], %[words], 20\n\t"
#define MCX_PLANES8                                                                         \
    MCX_PLANES_FIRST MCX_PLANES_NEXT("4") MCX_PLANES_NEXT("8") MCX_PLANES_NEXT("12")        \
    MCX_PLANES_NEXT("16") MCX_PLANES_NEXT("20") MCX_PLANES_NEXT("24") MCX_PLANES_NEXT("28") \
    "addi  %[words], %[words], 32\n\t"

/* 1: an output. */
#define MCX_DEFINE_PLANES_LOOK_UP(planes)                                                                   \
    static inline void mcx_planes##planes##_look_up(const uint32_t *words, const mcx_planes_table_t *table, \
                                                    int32_t *acc, uint32_t outputs)                         \
    {                                                                                                       \
        uint32_t word, sum, t;                                                                              \
        __asm__ volatile("1:\n\t"                                                                           \
                         MCX_PLANES##planes                                                                 \
                         "lw    %[t], 0(%[acc])\n\t"                                                        \
                         "add   %[t], %[t], %[sum]\n\t"                                                     \
                         "sw    %[t], 0(%[acc])\n\t"                                                        \
                         "addi  %[acc], %[acc], 4\n\t"                                                      \
                         "bne   %[acc], %[end], 1b"                                                         \
                         : [words] "+r"(words), [acc] "+r"(acc), [word] "=&r"(word), [sum] "=&r"(sum),      \
                           [t] "=&r"(t)                                                                     \
                         : [table] "r"(table), [end] "r"(acc + outputs)                                     \
                         : "memory");                                                                       \
    }

MCX_DEFINE_PLANES_LOOK_UP(1)
MCX_DEFINE_PLANES_LOOK_UP(2)
MCX_DEFINE_PLANES_LOOK_UP(4)
MCX_DEFINE_PLANES_LOOK_UP(5)
MCX_DEFINE_PLANES_LOOK_UP(8)

#endif
