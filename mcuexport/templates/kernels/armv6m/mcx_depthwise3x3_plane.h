/* All rows of one channel of a depthwise convolution whose window is 3x3; generic/mcx_depthwise3x3_plane.h is the
 * definition.
 *
 * For ARMv6-M and later.  Levels become words once.  With a stride of 1, rows whose windows are whole are made by two,
 * as mcx_depthwise3x3_pairs.h shows, all pairs in one go; else a row is made as in mcx_depthwise3x3_line.h.
 *
 *     r0, r1      the map's next column in the first of four rows; acc of the first row
 *     r2, r3      a level, products; the two results
 *     r4 .. r7    a column of the four rows
 *     r8, r9      sums of the results, one in each row, that a column ends; r10, r11: of those behind them.  They swap
 *                 their roles from column to column
 *     r12, lr     from row to row; pixel
 *     stack       words, where `words` has them; r7, which may be the frame's
 *
 *     words    nine levels, row by row; where the first row ends; from behind its result to the second one's; first
 *              column of the four rows; pairs; from row to row; pixel; mcx_pairs_bits
 *
 * Budget: 81 cycles for two results, one below the other, 1 more if inputs can be negative; 92 more for a pair of rows,
 * less 30 and 53 where columns on the left and on the right are padding.  Else as lines, whose words are there.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_PLANE_H
#define MCX_DEPTHWISE3X3_PLANE_H

#include <stdint.h>

#include "mcx_depthwise3x3_line.h"
#include "mcx_depthwise3x3_pairs.h"

/* The four values of the next column. */
#define MCX_PLANE_UNSIGNED   \
    "ldrb  r4, [r0]\n\t"     \
    "mov   r2, r12\n\t"      \
    "ldrb  r5, [r0, r2]\n\t" \
    "lsls  r2, r2, #1\n\t"   \
    "ldrb  r6, [r0, r2]\n\t" \
    "add   r2, r12\n\t"      \
    "ldrb  r7, [r0, r2]\n\t" \
    "add   r0, lr\n\t"
#define MCX_PLANE_SIGNED     \
    "movs  r2, #0\n\t"       \
    "ldrsb r4, [r0, r2]\n\t" \
    "mov   r2, r12\n\t"      \
    "ldrsb r5, [r0, r2]\n\t" \
    "lsls  r2, r2, #1\n\t"   \
    "ldrsb r6, [r0, r2]\n\t" \
    "add   r2, r12\n\t"      \
    "ldrsb r7, [r0, r2]\n\t" \
    "add   r0, lr\n\t"

/* What the level at `at` gives to a result of either row, by values of two rows: products to r3 and r2. */
#define MCX_PLANE_PRODUCTS(at, v, w) \
    "ldr   r2, [sp, #" at "]\n\t"    \
    "movs  r3, r2\n\t"               \
    "muls  r3, " v "\n\t"            \
    "muls  r2, " w "\n\t"
#define MCX_PLANE_ADD(at, v, w, sum, below) \
    MCX_PLANE_PRODUCTS(at, v, w)            \
    "add   " sum ", r3\n\t"                 \
    "add   " below ", r2\n\t"

/* The same, for the last time of v. */
#define MCX_PLANE_LAST(at, v, w, how, sum, below) \
    "ldr   r2, [sp, #" at "]\n\t"                 \
    "muls  " v ", r2\n\t"                         \
    how(sum, v)                                   \
    "muls  r2, " w "\n\t"                         \
    how(below, "r2")
#define MCX_PLANE_TO_SET(sum, v) "mov   " sum ", " v "\n\t"
#define MCX_PLANE_TO_ADD(sum, v) "add   " sum ", " v "\n\t"

/* A column as the last one of results, which go from r3 and r2 to acc; as the middle one, as the first one. */
#define MCX_PLANE_STORE       \
    "stm   r1!, {r3}\n\t"     \
    "ldr   r3, [sp, #40]\n\t" \
    "str   r2, [r1, r3]\n\t"
#define MCX_PLANE_END(sum, below)               \
    MCX_PLANE_ADD("8", "r4", "r5", sum, below)  \
    MCX_PLANE_ADD("20", "r5", "r6", sum, below) \
    MCX_PLANE_PRODUCTS("32", "r6", "r7")        \
    "add   r3, " sum "\n\t"                     \
    "add   r2, " below "\n\t"                   \
    MCX_PLANE_STORE
#define MCX_PLANE_MIDDLE(sum, below)            \
    MCX_PLANE_ADD("4", "r4", "r5", sum, below)  \
    MCX_PLANE_ADD("16", "r5", "r6", sum, below) \
    MCX_PLANE_ADD("28", "r6", "r7", sum, below)
#define MCX_PLANE_BEGIN(sum, below)                                \
    MCX_PLANE_LAST("0", "r4", "r5", MCX_PLANE_TO_SET, sum, below)  \
    MCX_PLANE_LAST("12", "r5", "r6", MCX_PLANE_TO_ADD, sum, below) \
    MCX_PLANE_LAST("24", "r6", "r7", MCX_PLANE_TO_ADD, sum, below)

/* A pair of rows begins where its first column that is a middle one meets the loop, so that it ends at one place. */
#define MCX_PLANE_PAIRS(next)             \
    __asm__ volatile(                     \
        ".syntax unified\n\t"             \
        "push  {r7}\n\t"                  \
        "sub   sp, #64\n\t"               \
        "mov   r3, sp\n\t"                \
        "ldm   r0!, {r4, r5, r6, r7}\n\t" \
        "stm   r3!, {r4, r5, r6, r7}\n\t" \
        "ldm   r0!, {r4, r5, r6, r7}\n\t" \
        "stm   r3!, {r4, r5, r6, r7}\n\t" \
        "ldm   r0!, {r4, r5, r6, r7}\n\t" \
        "stm   r3!, {r4, r5, r6, r7}\n\t" \
        "ldm   r0!, {r4, r5, r6, r7}\n\t" \
        "stm   r3!, {r4, r5, r6, r7}\n\t" \
        "mov   r12, r5\n\t"               \
        "mov   lr, r6\n"                  \
        "1:\n\t"                          \
        "ldr   r0, [sp, #44]\n\t"         \
        "ldr   r3, [sp, #60]\n\t"         \
        "movs  r2, #0\n\t"                \
        "mov   r8, r2\n\t"                \
        "mov   r9, r2\n\t"                \
        "lsrs  r3, r3, #1\n\t"            \
        "bcc   2f\n\t"                    \
        next                              \
        MCX_PLANE_BEGIN("r8", "r9")       \
        "2:\n\t"                          \
        "mov   r10, r8\n\t"               \
        "mov   r11, r9\n\t"               \
        next                              \
        "ldr   r3, [sp, #60]\n\t"         \
        "lsrs  r3, r3, #2\n\t"            \
        "bcc   5f\n\t"                    \
        "b     4f\n"                      \
        "3:\n\t"                          \
        next                              \
        MCX_PLANE_END("r8", "r9")         \
        "4:\n\t"                          \
        MCX_PLANE_MIDDLE("r10", "r11")    \
        MCX_PLANE_BEGIN("r8", "r9")       \
        next                              \
        MCX_PLANE_END("r10", "r11")       \
        "ldr   r2, [sp, #36]\n\t"         \
        "cmp   r1, r2\n\t"                \
        "beq   6f\n"                      \
        "5:\n\t"                          \
        MCX_PLANE_MIDDLE("r8", "r9")      \
        MCX_PLANE_BEGIN("r10", "r11")     \
        "b     3b\n"                      \
        "6:\n\t"                          \
        "ldr   r3, [sp, #60]\n\t"         \
        "lsrs  r3, r3, #3\n\t"            \
        "bcc   7f\n\t"                    \
        MCX_PLANE_MIDDLE("r8", "r9")      \
        "mov   r3, r8\n\t"                \
        "mov   r2, r9\n\t"                \
        MCX_PLANE_STORE                   \
        "7:\n\t"                          \
        "ldr   r3, [sp, #40]\n\t"         \
        "adds  r3, r3, #4\n\t"            \
        "adds  r1, r1, r3\n\t"            \
        "lsls  r3, r3, #1\n\t"            \
        "ldr   r2, [sp, #36]\n\t"         \
        "adds  r2, r2, r3\n\t"            \
        "str   r2, [sp, #36]\n\t"         \
        "ldr   r2, [sp, #44]\n\t"         \
        "add   r2, r12\n\t"               \
        "add   r2, r12\n\t"               \
        "str   r2, [sp, #44]\n\t"         \
        "ldr   r2, [sp, #48]\n\t"         \
        "subs  r2, r2, #1\n\t"            \
        "str   r2, [sp, #48]\n\t"         \
        "beq   8f\n\t"                    \
        "b     1b\n"                      \
        "8:\n\t"                          \
        "add   sp, #64\n\t"               \
        "pop   {r7}"                      \
        : "+r"(r0), "+r"(r1)              \
        :                                 \
        : "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory")

#define MCX_PLANE_PAIRS_u8 MCX_PLANE_PAIRS(MCX_PLANE_UNSIGNED)
#define MCX_PLANE_PAIRS_s8 MCX_PLANE_PAIRS(MCX_PLANE_SIGNED)

#define MCX_DEFINE_DEPTHWISE3X3_PLANE(name, variant, input_t, level_t)                                          \
    /* x: the first column of the first pair's first row.  acc: of its results. */                              \
    static inline void mcx_##name##_pairs_##variant(const input_t *x, uint32_t size, uint32_t width, uint32_t pixel,\
                                                    uint32_t pairs, int32_t *words, uint32_t left, int32_t *acc,\
                                                    uint32_t columns)                                           \
    {                                                                                                           \
        const uint32_t whole = mcx_pairs_whole(columns, width, left);                                           \
        const uint32_t bits = mcx_pairs_bits(columns, whole, left);                                             \
        register int32_t *r0 __asm__("r0") = words;                                                             \
        register int32_t *r1 __asm__("r1") = acc;                                                               \
        words[9] = (int32_t)(intptr_t)(acc + whole);                                                            \
        words[10] = (int32_t)(4u * columns - 4u);                                                               \
        words[11] = (int32_t)(intptr_t)x;                                                                       \
        words[12] = (int32_t)pairs;                                                                             \
        words[13] = (int32_t)size;                                                                              \
        words[14] = (int32_t)pixel;                                                                             \
        words[15] = (int32_t)bits;                                                                              \
        MCX_PLANE_PAIRS_##variant;                                                                              \
    }                                                                                                           \
                                                                                                                \
    static inline void mcx_##name##_plane_##variant(                                                            \
        const input_t *x, uint32_t height, uint32_t size, uint32_t top, uint32_t lines, uint32_t width,         \
        uint32_t pixel, uint32_t channel, level_t *levels, uint32_t stride, uint32_t left, int32_t *acc,        \
        uint32_t columns)                                                                                       \
    {                                                                                                           \
        uint32_t here = 1u - top, made;                                                                         \
        int32_t words[16];                                                                                      \
        mcx_##name##_words_##variant(words, levels, here > 0u);                                                 \
        mcx_##name##_words_##variant(words + 3, levels + 3, 1);                                                 \
        mcx_##name##_words_##variant(words + 6, levels + 6, 1);                                                 \
        for (x += here * size + channel; lines > 0u; lines -= made, acc += made * columns) {                    \
            const uint32_t pairs = stride == 1u && columns > 1u ? mcx_pairs(here, height, lines) : 0u;          \
            if (pairs > 0u) {                                                                                   \
                mcx_##name##_pairs_##variant(x - size, size, width, pixel, pairs, words, left, acc, columns);   \
                made = 2u * pairs;                                                                              \
            } else {                                                                                            \
                const int32_t up = here > 0u ? -(int32_t)size : 0, down = here + 1u < height ? (int32_t)size : 0;\
                if (down == 0) {                                                                                \
                    mcx_##name##_words_##variant(words + 6, levels + 6, 0);                                     \
                }                                                                                               \
                mcx_##name##_row_##variant(x, up, down, words, width, pixel, stride, left, acc, columns);       \
                if (up == 0) {                                                                                  \
                    mcx_##name##_words_##variant(words, levels, 1);                                             \
                }                                                                                               \
                made = 1u;                                                                                      \
            }                                                                                                   \
            here += made * stride;                                                                              \
            x += made * stride * size;                                                                          \
        }                                                                                                       \
    }

#endif
