/* A row of one channel of a depthwise convolution whose window is 3x3; generic/mcx_depthwise3x3_line.h is the definition.
 *
 * For RV32E with M, whose registers do not hold nine levels: they are read where they are, by two results at a time.
 *
 *     a0, a1    the map's next column in the row in the middle; pixel
 *     a2, a3    acc, levels
 *     s0, s1    sums of the two results
 *     t1, t2    of the two behind them; with a stride of 2, t1 of the one behind them, t2 two pixels
 *     a4, a5    values of a row; t0, ra: levels, products, addresses
 *     stack     s0, which may be the frame's; how far the rows above and below are from the middle one, 0: there is
 *               none; where acc ends
 *
 * Budget: 84 cycles for two results, 26 less for each row that there is not; 40 for the first column, 53 for a result
 * by itself.  108 for two results with a stride of 2, 64 for one.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_LINE_H
#define MCX_DEPTHWISE3X3_LINE_H

#include <stddef.h>
#include <stdint.h>

/* Level i to a register. */
#define MCX_LINE_BYTE(to, i) "lb    " to ", " i "(a3)\n\t"
#define MCX_LINE_HALF(to, i) "lh    " to ", 2*" i "(a3)\n\t"

/* sum += level i * v */
#define MCX_LINE_ADD(level, i, v, sum) \
    level("t0", i)                     \
    "mul   t0, t0, " v "\n\t"          \
    "add   " sum ", " sum ", t0\n\t"

/* What one level gives to two results. */
#define MCX_LINE_ADD_TWO(level, i, sum, next) \
    level("t0", i)                            \
    "mul   ra, t0, a4\n\t"                    \
    "mul   t0, t0, a5\n\t"                    \
    "add   " sum ", " sum ", ra\n\t"          \
    "add   " next ", " next ", t0\n\t"

/* What is done with the row, at ra, that is as far away as a word of the stack says, if there is one. */
#define MCX_LINE_ROW(at, text)   \
    "lw    ra, " at "(sp)\n\t"  \
    "beqz  ra, 1f\n\t"          \
    "add   ra, ra, a0\n\t"      \
    text                         \
    "1:\n\t"

/* Such a row: a middle column, any one, two. */
#define MCX_LINE_FIRST(level, load, at, l0, l1) \
    MCX_LINE_ROW(at,                            \
        load " a4, 0(ra)\n\t"                   \
        MCX_LINE_ADD(level, l1, "a4", "t1")     \
        MCX_LINE_ADD(level, l0, "a4", "t2"))

#define MCX_LINE_ONE(level, load, at, l0, l1, l2) \
    MCX_LINE_ROW(at,                              \
        load " a4, 0(ra)\n\t"                     \
        MCX_LINE_ADD(level, l2, "a4", "s0")       \
        MCX_LINE_ADD(level, l1, "a4", "t1")       \
        MCX_LINE_ADD(level, l0, "a4", "t2"))

#define MCX_LINE_TWO(level, load, at, l0, l1, l2) \
    MCX_LINE_ROW(at,                              \
        load " a5, 0(ra)\n\t"                     \
        "sub   ra, ra, a1\n\t"                    \
        load " a4, 0(ra)\n\t"                     \
        MCX_LINE_ADD_TWO(level, l2, "s0", "s1")   \
        MCX_LINE_ADD_TWO(level, l1, "s1", "t1")   \
        MCX_LINE_ADD_TWO(level, l0, "t1", "t2"))

/* Arguments as MCX_DEFINE_LINE has them.  s1: 0, or 4 if there is an odd number of results. */
#define MCX_LINE_BEGIN        \
    "addi  sp, sp, -16\n\t"   \
    "sw    s0, 0(sp)\n\t"     \
    "sw    a5, 12(sp)\n\t"    \
    "lw    ra, 4(a0)\n\t"     \
    "lw    t0, 0(a0)\n\t"     \
    "lw    t1, 8(a0)\n\t"     \
    "beqz  t0, 1f\n\t"        \
    "sub   t0, t0, ra\n\t"    \
    "1:\n\t"                  \
    "sw    t0, 4(sp)\n\t"     \
    "beqz  t1, 1f\n\t"        \
    "sub   t1, t1, ra\n\t"    \
    "1:\n\t"                  \
    "sw    t1, 8(sp)\n\t"     \
    "add   a0, ra, a4\n\t"    \
    "sub   s1, a5, a2\n\t"    \
    "andi  s1, s1, 4\n\t"     \
    "lw    t1, 0(a2)\n\t"

/* Whether acc goes on, and not. */
#define MCX_LINE_MORE(label) \
    "lw    t0, 12(sp)\n\t"   \
    "bne   a2, t0, " label "\n"
#define MCX_LINE_NO_MORE(label) \
    "lw    t0, 12(sp)\n\t"      \
    "beq   a2, t0, " label "\n"

#define MCX_LINE_END      \
    "lw    s0, 0(sp)\n\t" \
    "addi  sp, sp, 16"

#define MCX_LINE_ONES(level, load)                                                  \
    MCX_LINE_BEGIN                                                                  \
    load " a4, 0(a0)\n\t"                                                           \
    MCX_LINE_ADD(level, "4", "a4", "t1")                                            \
    level("t2", "3")                                                                \
    "mul   t2, t2, a4\n\t"                                                          \
    MCX_LINE_FIRST(level, load, "4", "0", "1")                                      \
    MCX_LINE_FIRST(level, load, "8", "6", "7")                                      \
    "add   a0, a0, a1\n\t"                                                          \
    "beqz  s1, 2f\n\t"                                                              \
    load " a4, 0(a0)\n\t"                                                           \
    level("t0", "5")                                                                \
    "mul   t0, t0, a4\n\t"                                                          \
    "add   s0, t1, t0\n\t"                                                          \
    level("t0", "4")                                                                \
    "mul   t0, t0, a4\n\t"                                                          \
    "add   t1, t2, t0\n\t"                                                          \
    level("t2", "3")                                                                \
    "mul   t2, t2, a4\n\t"                                                          \
    MCX_LINE_ONE(level, load, "4", "0", "1", "2")                                   \
    MCX_LINE_ONE(level, load, "8", "6", "7", "8")                                   \
    "sw    s0, 0(a2)\n\t"                                                           \
    "addi  a2, a2, 4\n\t"                                                           \
    "add   a0, a0, a1\n"                                                            \
    "2:\n\t"                                                                        \
    MCX_LINE_NO_MORE("4f")                                                          \
    "3:\n\t"                                                                        \
    load " a4, 0(a0)\n\t"                                                           \
    "add   a0, a0, a1\n\t"                                                          \
    load " a5, 0(a0)\n\t"                                                           \
    level("t0", "5")                                                                \
    "mul   ra, t0, a4\n\t"                                                          \
    "add   s0, t1, ra\n\t"                                                          \
    "mul   t0, t0, a5\n\t"                                                          \
    "add   s1, t2, t0\n\t"                                                          \
    level("t0", "4")                                                                \
    "mul   ra, t0, a4\n\t"                                                          \
    "add   s1, s1, ra\n\t"                                                          \
    "mul   t1, t0, a5\n\t"                                                          \
    level("t0", "3")                                                                \
    "mul   ra, t0, a4\n\t"                                                          \
    "add   t1, t1, ra\n\t"                                                          \
    "mul   t2, t0, a5\n\t"                                                          \
    MCX_LINE_TWO(level, load, "4", "0", "1", "2")                                   \
    MCX_LINE_TWO(level, load, "8", "6", "7", "8")                                   \
    "sw    s0, 0(a2)\n\t"                                                           \
    "sw    s1, 4(a2)\n\t"                                                           \
    "addi  a2, a2, 8\n\t"                                                           \
    "add   a0, a0, a1\n\t"                                                          \
    MCX_LINE_MORE("3b")                                                             \
    "4:\n\t"                                                                        \
    MCX_LINE_END

/* The same with a stride of 2: a0 is the column that ends a result, the last one of two. */
#define MCX_LINE_HALF_ONE(level, load, at, l0, l1, l2) \
    MCX_LINE_ROW(at,                                   \
        load " a5, 0(ra)\n\t"                          \
        "sub   ra, ra, a1\n\t"                         \
        load " a4, 0(ra)\n\t"                          \
        MCX_LINE_ADD(level, l1, "a4", "s0")            \
        MCX_LINE_ADD(level, l2, "a5", "s0")            \
        MCX_LINE_ADD(level, l0, "a5", "t1"))

#define MCX_LINE_HALF_TWO(level, load, at, l0, l1, l2) \
    MCX_LINE_ROW(at,                                   \
        load " a5, 0(ra)\n\t"                          \
        "sub   ra, ra, t2\n\t"                         \
        load " a4, 0(ra)\n\t"                          \
        MCX_LINE_ADD_TWO(level, l2, "s0", "s1")        \
        MCX_LINE_ADD_TWO(level, l0, "s1", "t1")        \
        "lw    ra, " at "(sp)\n\t"                     \
        "add   ra, ra, a0\n\t"                         \
        "sub   ra, ra, a1\n\t"                         \
        load " a5, 0(ra)\n\t"                          \
        "sub   ra, ra, t2\n\t"                         \
        load " a4, 0(ra)\n\t"                          \
        MCX_LINE_ADD_TWO(level, l1, "s0", "s1"))

#define MCX_LINE_TWOS(level, load)                          \
    MCX_LINE_BEGIN                                          \
    "slli  t2, a1, 1\n\t"                                   \
    "beqz  s1, 2f\n\t"                                      \
    load " a4, 0(a0)\n\t"                                   \
    level("t0", "4")                                        \
    "mul   t0, t0, a4\n\t"                                  \
    "add   s0, t1, t0\n\t"                                  \
    "add   a0, a0, a1\n\t"                                  \
    load " a5, 0(a0)\n\t"                                   \
    MCX_LINE_ADD(level, "5", "a5", "s0")                    \
    level("t1", "3")                                        \
    "mul   t1, t1, a5\n\t"                                  \
    MCX_LINE_HALF_ONE(level, load, "4", "0", "1", "2")      \
    MCX_LINE_HALF_ONE(level, load, "8", "6", "7", "8")      \
    "sw    s0, 0(a2)\n\t"                                   \
    "addi  a2, a2, 4\n\t"                                   \
    "add   a0, a0, a1\n"                                    \
    "2:\n\t"                                                \
    MCX_LINE_NO_MORE("4f")                                  \
    "3:\n\t"                                                \
    load " a4, 0(a0)\n\t"                                   \
    "add   ra, a0, t2\n\t"                                  \
    load " a5, 0(ra)\n\t"                                   \
    level("t0", "4")                                        \
    "mul   ra, t0, a4\n\t"                                  \
    "add   s0, t1, ra\n\t"                                  \
    "mul   s1, t0, a5\n\t"                                  \
    "add   a0, a0, a1\n\t"                                  \
    load " a4, 0(a0)\n\t"                                   \
    "add   a0, a0, t2\n\t"                                  \
    load " a5, 0(a0)\n\t"                                   \
    MCX_LINE_ADD_TWO(level, "5", "s0", "s1")                \
    level("t0", "3")                                        \
    "mul   ra, t0, a4\n\t"                                  \
    "add   s1, s1, ra\n\t"                                  \
    "mul   t1, t0, a5\n\t"                                  \
    MCX_LINE_HALF_TWO(level, load, "4", "0", "1", "2")      \
    MCX_LINE_HALF_TWO(level, load, "8", "6", "7", "8")      \
    "sw    s0, 0(a2)\n\t"                                   \
    "sw    s1, 4(a2)\n\t"                                   \
    "addi  a2, a2, 8\n\t"                                   \
    "add   a0, a0, a1\n\t"                                  \
    MCX_LINE_MORE("3b")                                     \
    "4:\n\t"                                                \
    MCX_LINE_END

/* The type of levels by the name of the kernel; how values of the map are read. */
#define MCX_LINE_LEVEL_depthwise3x3 MCX_LINE_HALF
#define MCX_LINE_LEVEL_depthwise3x3_int8 MCX_LINE_BYTE
#define MCX_LINE_LOAD_u8 "lbu  "
#define MCX_LINE_LOAD_s8 "lb   "

/* Results from acc to end, which have all their columns, from the first middle one on; at: of that in the rows;
 * acc[0]: what the column before it gave.  Returns the sum that begins behind them. */
#define MCX_DEFINE_LINE(name, variant, input_t, level_t, kind, loop)                                            \
    static inline int32_t mcx_##name##_##kind##_##variant(const input_t *const *rows, uint32_t pixel,           \
                                                          int32_t *acc, level_t *levels, uint32_t at,           \
                                                          const int32_t *end)                                   \
    {                                                                                                           \
        register const input_t *const *a0 __asm__("a0") = rows;                                                 \
        register uint32_t a1 __asm__("a1") = pixel;                                                             \
        register int32_t *a2 __asm__("a2") = acc;                                                               \
        register level_t *a3 __asm__("a3") = levels;                                                            \
        register uint32_t a4 __asm__("a4") = at;                                                                \
        register const int32_t *a5 __asm__("a5") = end;                                                         \
        register int32_t t1 __asm__("t1");                                                                      \
        __asm__ volatile(loop(MCX_LINE_LEVEL_##name, MCX_LINE_LOAD_##variant)                                   \
                         : "+r"(a0), "+r"(a2), "+r"(a4), "+r"(a5), "=r"(t1)                                     \
                         : "r"(a1), "r"(a3)                                                                     \
                         : "t0", "t2", "s1", "ra", "memory");                                                   \
        return t1;                                                                                              \
    }

#define MCX_DEFINE_DEPTHWISE3X3(name, variant, input_t, level_t)                                                \
    /* What a column of the map gives by one column of the levels. */                                           \
    static inline int32_t mcx_##name##_column_##variant(const input_t *const *rows, uint32_t at,                \
                                                        level_t *levels)                                        \
    {                                                                                                           \
        int32_t sum = levels[3] * rows[1][at];                                                                  \
        if (rows[0] != NULL) {                                                                                  \
            sum += levels[0] * rows[0][at];                                                                     \
        }                                                                                                       \
        if (rows[2] != NULL) {                                                                                  \
            sum += levels[6] * rows[2][at];                                                                     \
        }                                                                                                       \
        return sum;                                                                                             \
    }                                                                                                           \
                                                                                                                \
    MCX_DEFINE_LINE(name, variant, input_t, level_t, ones, MCX_LINE_ONES)                                       \
    MCX_DEFINE_LINE(name, variant, input_t, level_t, twos, MCX_LINE_TWOS)                                       \
                                                                                                                \
    static inline void mcx_##name##_##variant(const input_t *const *rows, uint32_t width, uint32_t pixel,       \
                                              uint32_t channel, level_t *levels, uint32_t stride,               \
                                              uint32_t left, int32_t *acc, uint32_t columns)                    \
    {                                                                                                           \
        const uint32_t all = (columns - 1u) * stride + 2u - left < width ? columns : columns - 1u;              \
        const uint32_t at = channel + (left == 0u ? pixel : 0u);                                                \
        int32_t sum;                                                                                            \
        acc[0] = left == 0u ? mcx_##name##_column_##variant(rows, channel, levels) : 0;                         \
        if (stride == 1u) {                                                                                     \
            sum = mcx_##name##_ones_##variant(rows, pixel, acc, levels, at, acc + all);                         \
        } else {                                                                                                \
            sum = mcx_##name##_twos_##variant(rows, pixel, acc, levels, at, acc + all);                         \
        }                                                                                                       \
        if (all < columns) {                                                                                    \
            if (stride == 2u) {                                                                                 \
                sum += mcx_##name##_column_##variant(rows, at + 2u * all * pixel, levels + 1);                  \
            }                                                                                                   \
            acc[all] = sum;                                                                                     \
        }                                                                                                       \
    }

#endif
