/* A row of one channel of a depthwise convolution whose window is 3x3; generic/mcx_depthwise3x3_line.h is the definition.
 *
 * For ARMv6-M and later, a stride of 1; C for all else.  r8, r9 and r10 hold the sums of the result that a column ends,
 * of the next one and of that behind it, and change their roles from column to column, three to a turn; r11 has the
 * level (2, 0), r12 and lr the pixel and the end.  All else waits in memory:
 *
 *     words    nine levels, row by row; pixel, end, whether the map's first column is the first one of a result
 *
 * Budget: 44 cycles for a result, 1 more if inputs can be negative, and 2 to go on.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_LINE_H
#define MCX_DEPTHWISE3X3_LINE_H

#include <stddef.h>
#include <stdint.h>

/* v times the level at `at`, or in r11; to: what takes the product in t. */
#define MCX_LINE_PRODUCT(at, to)          \
    "ldr   %[t], [%[words], #" at "]\n\t" \
    "muls  %[t], %[v], %[t]\n\t"          \
    to
#define MCX_LINE_LAST_PRODUCT(to) "mov   %[t], r11\n\tmuls  %[t], %[v], %[t]\n\t" to

#define MCX_LINE_ADD(sum) "add   " sum ", " sum ", %[t]\n\t"
#define MCX_LINE_SET(sum) "mov   " sum ", %[t]\n\t"

#define MCX_LINE_TOP(load) load " %[v], [%[x], %[up]]\n\t"
#define MCX_LINE_HERE(extend) "ldrb  %[v], [%[x]]\n\t" extend
#define MCX_LINE_DOWN(load) load " %[v], [%[x], %[down]]\n\t"
#define MCX_LINE_GO_ON "add   %[x], %[x], r12\n\t"

/* The first column of a map, when it is that of a result. */
#define MCX_LINE_FIRST(load, extend)                                       \
    MCX_LINE_TOP(load) MCX_LINE_PRODUCT("0", MCX_LINE_SET("r9"))           \
    MCX_LINE_HERE(extend) MCX_LINE_PRODUCT("12", MCX_LINE_ADD("r9"))       \
    MCX_LINE_DOWN(load) MCX_LINE_LAST_PRODUCT(MCX_LINE_ADD("r9"))          \
    MCX_LINE_GO_ON

/* The first column that is a middle one. */
#define MCX_LINE_SECOND(load, extend)                                      \
    MCX_LINE_TOP(load)                                                     \
    MCX_LINE_PRODUCT("4", MCX_LINE_ADD("r9"))                              \
    MCX_LINE_PRODUCT("0", MCX_LINE_SET("r10"))                             \
    MCX_LINE_HERE(extend)                                                  \
    MCX_LINE_PRODUCT("16", MCX_LINE_ADD("r9"))                             \
    MCX_LINE_PRODUCT("12", MCX_LINE_ADD("r10"))                            \
    MCX_LINE_DOWN(load)                                                    \
    MCX_LINE_PRODUCT("28", MCX_LINE_ADD("r9"))                             \
    MCX_LINE_LAST_PRODUCT(MCX_LINE_ADD("r10"))                             \
    MCX_LINE_GO_ON

/* Any other column, which ends the result whose sum is `last`; then, whether that was the last one. */
#define MCX_LINE_COLUMN(last, middle, first, load, extend)                 \
    MCX_LINE_TOP(load)                                                     \
    MCX_LINE_PRODUCT("8", MCX_LINE_ADD(last))                              \
    MCX_LINE_PRODUCT("4", MCX_LINE_ADD(middle))                            \
    MCX_LINE_PRODUCT("0", MCX_LINE_SET(first))                             \
    MCX_LINE_HERE(extend)                                                  \
    MCX_LINE_PRODUCT("20", MCX_LINE_ADD(last))                             \
    MCX_LINE_PRODUCT("16", MCX_LINE_ADD(middle))                           \
    MCX_LINE_PRODUCT("12", MCX_LINE_ADD(first))                            \
    MCX_LINE_DOWN(load)                                                    \
    MCX_LINE_PRODUCT("28", MCX_LINE_ADD(middle))                           \
    MCX_LINE_LAST_PRODUCT(MCX_LINE_ADD(first))                             \
    MCX_LINE_PRODUCT("32", "add   %[t], %[t], " last "\n\t")               \
    "stm   %[acc]!, {%[t]}\n\t"                                            \
    MCX_LINE_GO_ON                                                         \
    "cmp   %[acc], lr\n\t"

#define MCX_LINE_LOOP(load, extend)                                                                             \
    __asm__ volatile(".syntax unified\n\t"                                                                      \
                     "ldr   %[t], [%[words], #24]\n\t"                                                          \
                     "mov   r11, %[t]\n\t"                                                                      \
                     "ldr   %[t], [%[words], #36]\n\t"                                                          \
                     "mov   r12, %[t]\n\t"                                                                      \
                     "ldr   %[t], [%[words], #40]\n\t"                                                          \
                     "mov   lr, %[t]\n\t"                                                                       \
                     "ldr   %[t], [%[words], #44]\n\t"                                                          \
                     "mov   r9, %[t]\n\t"                                                                       \
                     "cmp   %[t], #0\n\t"                                                                       \
                     "beq   1f\n\t"                                                                             \
                     MCX_LINE_FIRST(load, extend)                                                               \
                     "1:\n\t"                                                                                   \
                     MCX_LINE_SECOND(load, extend)                                                              \
                     "2:\n\t"                                                                                   \
                     MCX_LINE_COLUMN("r9", "r10", "r8", load, extend)                                           \
                     "beq   3f\n\t"                                                                             \
                     MCX_LINE_COLUMN("r10", "r8", "r9", load, extend)                                           \
                     "beq   4f\n\t"                                                                             \
                     MCX_LINE_COLUMN("r8", "r9", "r10", load, extend)                                           \
                     "bne   2b\n\t"                                                                             \
                     "mov   %[v], r9\n\t"                                                                       \
                     "b     5f\n"                                                                               \
                     "3:\n\t"                                                                                   \
                     "mov   %[v], r10\n\t"                                                                      \
                     "b     5f\n"                                                                               \
                     "4:\n\t"                                                                                   \
                     "mov   %[v], r8\n"                                                                         \
                     "5:"                                                                                       \
                     : [x] "+l"(x), [acc] "+l"(acc), [v] "=&l"(sum), [t] "=&l"(t)                               \
                     : [up] "l"(up), [down] "l"(down), [words] "l"(words)                                       \
                     : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory")

#define MCX_DEFINE_DEPTHWISE3X3(name, variant, input_t, level_t)                                                \
    static inline void mcx_##name##_##variant(const input_t *const *rows, uint32_t width, uint32_t pixel,       \
                                              uint32_t channel, level_t *levels, uint32_t stride,               \
                                              uint32_t left, int32_t *acc, uint32_t columns)                    \
    {                                                                                                           \
        const int has_top = rows[0] != NULL, has_down = rows[2] != NULL;                                        \
        const uint32_t all = (columns - 1u) * stride + 2u - left < width ? columns : columns - 1u;              \
        const input_t *x = rows[1] + channel;                                                                   \
        if (stride == 1u && columns > 1u) {                                                                     \
            const int32_t up = has_top ? (int32_t)(rows[0] - rows[1]) : 0;                                      \
            const int32_t down = has_down ? (int32_t)(rows[2] - rows[1]) : 0;                                   \
            int32_t words[12], sum, t;                                                                          \
            words[0] = levels[0];                                                                               \
            words[1] = levels[1];                                                                               \
            words[2] = levels[2];                                                                               \
            words[3] = levels[3];                                                                               \
            words[4] = levels[4];                                                                               \
            words[5] = levels[5];                                                                               \
            words[6] = levels[6];                                                                               \
            words[7] = levels[7];                                                                               \
            words[8] = levels[8];                                                                               \
            if (!has_top) {                                                                                     \
                words[0] = words[1] = words[2] = 0;                                                             \
            }                                                                                                   \
            if (!has_down) {                                                                                    \
                words[6] = words[7] = words[8] = 0;                                                             \
            }                                                                                                   \
            words[9] = (int32_t)pixel;                                                                          \
            words[10] = (int32_t)(intptr_t)(acc + all);                                                         \
            words[11] = left == 0u ? 1 : 0;                                                                     \
            MCX_LINE_LOOP_##variant;                                                                            \
            if (all < columns) {                                                                                \
                *acc = sum;                                                                                     \
            }                                                                                                   \
            return;                                                                                             \
        }                                                                                                       \
        x -= left * pixel;                                                                                      \
        for (uint32_t c = 0u; c < columns; c++, x += stride * pixel) {                                          \
            int32_t sum = 0;                                                                                    \
            for (uint32_t j = c == 0u ? left : 0u; j < (c == all ? 2u : 3u); j++) {                             \
                const uint32_t at = j * pixel;                                                                  \
                sum += levels[3u + j] * x[at];                                                                  \
                sum += has_top ? levels[j] * (x + (rows[0] - rows[1]))[at] : 0;                                 \
                sum += has_down ? levels[6u + j] * (x + (rows[2] - rows[1]))[at] : 0;                           \
            }                                                                                                   \
            acc[c] = sum;                                                                                       \
        }                                                                                                       \
    }

#define MCX_LINE_LOOP_u7 MCX_LINE_LOOP("ldrb ", "")
#define MCX_LINE_LOOP_u8 MCX_LINE_LOOP("ldrb ", "")
#define MCX_LINE_LOOP_s8 MCX_LINE_LOOP("ldrsb", "sxtb  %[v], %[v]\n\t")

#endif
