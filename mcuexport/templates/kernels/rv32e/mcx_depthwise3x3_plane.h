/* All rows of one channel of a depthwise convolution whose window is 3x3; generic/mcx_depthwise3x3_plane.h is the
 * definition.
 *
 * For RV32E with M.  With a stride of 1, rows whose windows are whole are made by two, as mcx_depthwise3x3_pairs.h
 * shows, all pairs in one go; else a row is made as in mcx_depthwise3x3_line.h.
 *
 *     a0, a2            the map's next column in the first of four rows; acc of the first row
 *     a1, a3, a4, a5    a column of the four rows
 *     s0, s1            sums of the results, one in each row, that a column ends; t2, ra: of those behind them.  They
 *                       swap their roles from column to column
 *     t0, t1            levels, products, addresses
 *     stack             nine levels, row by row; where the first row ends; from its results to the second one's; first
 *                       column of the four rows; pairs; from row to row; pixel; mcx_pairs_bits; s0, which may be the
 *                       frame's
 *
 * Budget: 77 cycles for two results, one below the other; 93 more for a pair of rows, less 30 and 54 where columns on
 * the left and on the right are padding.  Else as lines.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_PLANE_H
#define MCX_DEPTHWISE3X3_PLANE_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_depthwise3x3_line.h"
#include "mcx_depthwise3x3_pairs.h"

/* The four values of the next column. */
#define MCX_PLANE_NEXT(load) \
    "lw    t0, 52(sp)\n\t"   \
    load " a1, 0(a0)\n\t"    \
    "add   t1, a0, t0\n\t"   \
    load " a3, 0(t1)\n\t"    \
    "add   t1, t1, t0\n\t"   \
    load " a4, 0(t1)\n\t"    \
    "add   t1, t1, t0\n\t"   \
    load " a5, 0(t1)\n\t"    \
    "lw    t0, 56(sp)\n\t"   \
    "add   a0, a0, t0\n\t"

/* What level i gives to a result of either row, by values of two rows: added, or for the first time. */
#define MCX_PLANE_ADD(i, v, w, sum, below) \
    "lw    t0, 4*" i "(sp)\n\t"            \
    "mul   t1, t0, " v "\n\t"              \
    "add   " sum ", " sum ", t1\n\t"       \
    "mul   t1, t0, " w "\n\t"              \
    "add   " below ", " below ", t1\n\t"
#define MCX_PLANE_SET(i, v, w, sum, below) \
    "lw    t0, 4*" i "(sp)\n\t"            \
    "mul   " sum ", t0, " v "\n\t"         \
    "mul   " below ", t0, " w "\n\t"

/* A column as the last one of results, which go to acc; as the middle one, as the first one. */
#define MCX_PLANE_STORE(sum, below) \
    "lw    t0, 40(sp)\n\t"          \
    "sw    " sum ", 0(a2)\n\t"      \
    "add   t0, t0, a2\n\t"          \
    "sw    " below ", 0(t0)\n\t"    \
    "addi  a2, a2, 4\n\t"
#define MCX_PLANE_END(sum, below)              \
    MCX_PLANE_ADD("2", "a1", "a3", sum, below) \
    MCX_PLANE_ADD("5", "a3", "a4", sum, below) \
    MCX_PLANE_ADD("8", "a4", "a5", sum, below) \
    MCX_PLANE_STORE(sum, below)
#define MCX_PLANE_MIDDLE(sum, below)           \
    MCX_PLANE_ADD("1", "a1", "a3", sum, below) \
    MCX_PLANE_ADD("4", "a3", "a4", sum, below) \
    MCX_PLANE_ADD("7", "a4", "a5", sum, below)
#define MCX_PLANE_BEGIN(sum, below)            \
    MCX_PLANE_SET("0", "a1", "a3", sum, below) \
    MCX_PLANE_ADD("3", "a3", "a4", sum, below) \
    MCX_PLANE_ADD("6", "a4", "a5", sum, below)

#define MCX_PLANE_LEVEL(level, i) level("t0", i) "sw    t0, 4*" i "(sp)\n\t"

/* Arguments as the function of pairs has them.  A pair of rows begins where its first column that is a middle one meets
 * the loop, so that it ends at one place. */
#define MCX_PLANE_PAIRS(level, load) \
    "addi  sp, sp, -68\n\t"          \
    "sw    s0, 64(sp)\n\t"           \
    "sw    t2, 60(sp)\n\t"           \
    "sw    a1, 56(sp)\n\t"           \
    "sw    a4, 52(sp)\n\t"           \
    "sw    a5, 48(sp)\n\t"           \
    "sw    a0, 44(sp)\n\t"           \
    "sw    t0, 40(sp)\n\t"           \
    "sw    t1, 36(sp)\n\t"           \
    MCX_PLANE_LEVEL(level, "0")      \
    MCX_PLANE_LEVEL(level, "1")      \
    MCX_PLANE_LEVEL(level, "2")      \
    MCX_PLANE_LEVEL(level, "3")      \
    MCX_PLANE_LEVEL(level, "4")      \
    MCX_PLANE_LEVEL(level, "5")      \
    MCX_PLANE_LEVEL(level, "6")      \
    MCX_PLANE_LEVEL(level, "7")      \
    MCX_PLANE_LEVEL(level, "8")      \
    "1:\n\t"                         \
    "lw    t0, 60(sp)\n\t"           \
    "li    s0, 0\n\t"                \
    "li    s1, 0\n\t"                \
    "andi  t0, t0, 1\n\t"            \
    "beqz  t0, 2f\n\t"               \
    MCX_PLANE_NEXT(load)             \
    MCX_PLANE_BEGIN("s0", "s1")      \
    "2:\n\t"                         \
    "mv    t2, s0\n\t"               \
    "mv    ra, s1\n\t"               \
    MCX_PLANE_NEXT(load)             \
    "lw    t0, 60(sp)\n\t"           \
    "andi  t0, t0, 2\n\t"            \
    "beqz  t0, 5f\n\t"               \
    "j     4f\n"                     \
    "3:\n\t"                         \
    MCX_PLANE_NEXT(load)             \
    MCX_PLANE_END("s0", "s1")        \
    "4:\n\t"                         \
    MCX_PLANE_MIDDLE("t2", "ra")     \
    MCX_PLANE_BEGIN("s0", "s1")      \
    MCX_PLANE_NEXT(load)             \
    MCX_PLANE_END("t2", "ra")        \
    "lw    t0, 36(sp)\n\t"           \
    "beq   a2, t0, 6f\n"             \
    "5:\n\t"                         \
    MCX_PLANE_MIDDLE("s0", "s1")     \
    MCX_PLANE_BEGIN("t2", "ra")      \
    "j     3b\n"                     \
    "6:\n\t"                         \
    "lw    t0, 60(sp)\n\t"           \
    "andi  t0, t0, 4\n\t"            \
    "beqz  t0, 7f\n\t"               \
    MCX_PLANE_MIDDLE("s0", "s1")     \
    MCX_PLANE_STORE("s0", "s1")      \
    "7:\n\t"                         \
    "lw    t0, 40(sp)\n\t"           \
    "add   a2, a2, t0\n\t"           \
    "slli  t0, t0, 1\n\t"            \
    "lw    t1, 36(sp)\n\t"           \
    "add   t1, t1, t0\n\t"           \
    "sw    t1, 36(sp)\n\t"           \
    "lw    t0, 52(sp)\n\t"           \
    "lw    a0, 44(sp)\n\t"           \
    "slli  t0, t0, 1\n\t"            \
    "add   a0, a0, t0\n\t"           \
    "sw    a0, 44(sp)\n\t"           \
    "lw    t0, 48(sp)\n\t"           \
    "addi  t0, t0, -1\n\t"           \
    "sw    t0, 48(sp)\n\t"           \
    "bnez  t0, 1b\n\t"               \
    "lw    s0, 64(sp)\n\t"           \
    "addi  sp, sp, 68"

#define MCX_DEFINE_DEPTHWISE3X3_PLANE(name, variant, input_t, level_t)                                          \
    /* x: the first column of the first pair's first row.  acc: of its results. */                              \
    static inline void mcx_##name##_pairs_##variant(const input_t *x, uint32_t size, uint32_t width, uint32_t pixel,\
                                                    uint32_t pairs, level_t *levels, uint32_t left, int32_t *acc,\
                                                    uint32_t columns)                                           \
    {                                                                                                           \
        const uint32_t whole = mcx_pairs_whole(columns, width, left);                                           \
        const uint32_t bits = mcx_pairs_bits(columns, whole, left);                                             \
        register const input_t *a0 __asm__("a0") = x;                                                           \
        register uint32_t a1 __asm__("a1") = pixel;                                                             \
        register int32_t *a2 __asm__("a2") = acc;                                                               \
        register level_t *a3 __asm__("a3") = levels;                                                            \
        register uint32_t a4 __asm__("a4") = size;                                                              \
        register uint32_t a5 __asm__("a5") = pairs;                                                             \
        register uint32_t t0 __asm__("t0") = 4u * columns;                                                      \
        register const int32_t *t1 __asm__("t1") = acc + whole;                                                 \
        register uint32_t t2 __asm__("t2") = bits;                                                              \
        __asm__ volatile(MCX_PLANE_PAIRS(MCX_LINE_LEVEL_##name, MCX_LINE_LOAD_##variant)                        \
                         : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "+r"(t0), "+r"(t1), "+r"(t2)\
                         :                                                                                      \
                         : "s1", "ra", "memory");                                                               \
    }                                                                                                           \
                                                                                                                \
    static inline void mcx_##name##_plane_##variant(                                                            \
        const input_t *x, uint32_t height, uint32_t size, uint32_t top, uint32_t lines, uint32_t width,         \
        uint32_t pixel, uint32_t channel, level_t *levels, uint32_t stride, uint32_t left, int32_t *acc,        \
        uint32_t columns)                                                                                       \
    {                                                                                                           \
        uint32_t here = 1u - top, made;                                                                         \
        for (x += here * size; lines > 0u; lines -= made, acc += made * columns) {                              \
            const uint32_t pairs = stride == 1u && columns > 1u ? mcx_pairs(here, height, lines) : 0u;          \
            if (pairs > 0u) {                                                                                   \
                const input_t *const first = x + channel - size;                                                \
                mcx_##name##_pairs_##variant(first, size, width, pixel, pairs, levels, left, acc, columns);     \
                made = 2u * pairs;                                                                              \
            } else {                                                                                            \
                const input_t *const rows[3] = {here > 0u ? x - size : NULL, x, here + 1u < height ? x + size : NULL};\
                mcx_##name##_##variant(rows, width, pixel, channel, levels, stride, left, acc, columns);        \
                made = 1u;                                                                                      \
            }                                                                                                   \
            here += made * stride;                                                                              \
            x += made * stride * size;                                                                          \
        }                                                                                                       \
    }

#endif
