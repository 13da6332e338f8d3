/* The tables of mcx_planes.h and their use; the definition is lut/mcx_planes_tile.h.
 *
 * For ARMv6-M with the slow multiplier.  The tables' address moves from one table to the next, and back.
 *
 * Budget: 41 cycles for a plane of an output, 32 products; 10 for each output.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PLANES_TILE_H
#define MCX_PLANES_TILE_H

#include "mcx_planes_pairs.h"

/* The sum for some bits of %[word], times two (a sum's size). */
#define MCX_PLANES_INDEX(turn, mask, to) \
    turn "\n\t"                          \
    "ands  %[t], %[" mask "]\n\t"        \
    "ldrsh " to ", [%[table], %[t]]\n\t"

#define MCX_PLANES_ADD(step, turn, mask)                                \
    "adds  %[table], #" step "\n\t"                                     \
    MCX_PLANES_INDEX("lsrs  %[t], %[word], #" turn, mask, "%[t]")       \
    "adds  %[sum], %[sum], %[t]\n\t"

#define MCX_PLANES_OTHERS              \
    MCX_PLANES_ADD("64", "4", "five")  \
    MCX_PLANES_ADD("64", "9", "six")   \
    MCX_PLANES_ADD("128", "15", "five") \
    MCX_PLANES_ADD("64", "20", "five") \
    MCX_PLANES_ADD("64", "25", "six")  \
    "subs  %[table], #192\n\t"         \
    "subs  %[table], #192\n\t"

#define MCX_PLANES_FIRST                                           \
    "ldmia %[words]!, {%[word]}\n\t"                               \
    MCX_PLANES_INDEX("lsls  %[t], %[word], #1", "five", "%[sum]")  \
    MCX_PLANES_OTHERS

#define MCX_PLANES_NEXT                                          \
    "ldmia %[words]!, {%[word]}\n\t"                             \
    "lsls  %[sum], %[sum], #1\n\t"                               \
    MCX_PLANES_INDEX("lsls  %[t], %[word], #1", "five", "%[t]")  \
    "adds  %[sum], %[sum], %[t]\n\t"                             \
    MCX_PLANES_OTHERS

#define MCX_PLANES1 MCX_PLANES_FIRST
#define MCX_PLANES2 MCX_PLANES_FIRST MCX_PLANES_NEXT
#define MCX_PLANES4 MCX_PLANES2 MCX_PLANES_NEXT MCX_PLANES_NEXT
#define MCX_PLANES5 MCX_PLANES4 MCX_PLANES_NEXT
#define MCX_PLANES8 MCX_PLANES4 MCX_PLANES_NEXT MCX_PLANES_NEXT MCX_PLANES_NEXT MCX_PLANES_NEXT

/* 1: an output; r8: its accumulator, r9: the end of all.  BNE would not reach that far. */
#define MCX_DEFINE_PLANES_LOOK_UP(planes)                                                                       \
    static inline void mcx_planes##planes##_look_up(const uint32_t *words, const mcx_planes_table_t *table,     \
                                                    int32_t *acc, uint32_t outputs)                             \
    {                                                                                                           \
        uint32_t sum;                                                                                           \
        const int32_t *end = acc + outputs;                                                                     \
        __asm__ volatile(".syntax unified\n\t"                                                                  \
                         "mov   r8, %[t]\n\t"                                                                   \
                         "mov   r9, %[word]\n"                                                                  \
                         "1:\n\t"                                                                               \
                         MCX_PLANES##planes                                                                     \
                         "mov   %[t], r8\n\t"                                                                   \
                         "ldr   %[word], [%[t]]\n\t"                                                            \
                         "adds  %[word], %[word], %[sum]\n\t"                                                   \
                         "stmia %[t]!, {%[word]}\n\t"                                                           \
                         "mov   r8, %[t]\n\t"                                                                   \
                         "cmp   %[t], r9\n\t"                                                                   \
                         "beq   2f\n\t"                                                                         \
                         "b     1b\n"                                                                           \
                         "2:"                                                                                   \
                         : [words] "+l"(words), [table] "+l"(table), [t] "+l"(acc), [word] "+l"(end), [sum] "=&l"(sum) \
                         : [five] "l"(0x3Eu), [six] "l"(0x7Eu)                                                  \
                         : "r8", "r9", "memory", "cc");                                                         \
    }

MCX_DEFINE_PLANES_LOOK_UP(1)
MCX_DEFINE_PLANES_LOOK_UP(2)
MCX_DEFINE_PLANES_LOOK_UP(4)
MCX_DEFINE_PLANES_LOOK_UP(5)
MCX_DEFINE_PLANES_LOOK_UP(8)

#endif
