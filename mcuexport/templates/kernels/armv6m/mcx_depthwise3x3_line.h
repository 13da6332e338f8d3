/* A row of one channel of a depthwise convolution whose window is 3x3; generic/mcx_depthwise3x3_line.h is the definition.
 *
 * For ARMv6-M and later; C for a single result, for a column before the first middle one and for what a last result
 * with a stride of 2 lacks.
 * r8, r9 and r10 hold the sums of the result that a column ends, of the next one and of that behind it, and change their
 * roles from column to column, three to a turn; with a stride of 2, r9 and r10 those of this result and the next one.
 * r11 has the level (2, 0), r12 and lr the pixel and the end.  All else waits in memory:
 *
 *     words    nine levels, row by row; end
 *
 * Budget: 44 cycles for a result, 1 more if inputs can be negative, and 2 to go on; 55 with a stride of 2, 2 more
 * if inputs can be negative.
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

/* With a stride of 2: a middle column, then the one that is the last of this result and the first of the next. */
#define MCX_LINE_TWO_COLUMNS(load, extend)                                 \
    MCX_LINE_TOP(load) MCX_LINE_PRODUCT("4", MCX_LINE_ADD("r9"))           \
    MCX_LINE_HERE(extend) MCX_LINE_PRODUCT("16", MCX_LINE_ADD("r9"))       \
    MCX_LINE_DOWN(load) MCX_LINE_PRODUCT("28", MCX_LINE_ADD("r9"))         \
    MCX_LINE_GO_ON                                                         \
    MCX_LINE_TOP(load)                                                     \
    MCX_LINE_PRODUCT("8", MCX_LINE_ADD("r9"))                              \
    MCX_LINE_PRODUCT("0", MCX_LINE_SET("r10"))                             \
    MCX_LINE_HERE(extend)                                                  \
    MCX_LINE_PRODUCT("20", MCX_LINE_ADD("r9"))                             \
    MCX_LINE_PRODUCT("12", MCX_LINE_ADD("r10"))                            \
    MCX_LINE_DOWN(load)                                                    \
    MCX_LINE_LAST_PRODUCT(MCX_LINE_ADD("r10"))                             \
    MCX_LINE_PRODUCT("32", "add   %[t], %[t], r9\n\t")                     \
    "stm   %[acc]!, {%[t]}\n\t"                                            \
    MCX_LINE_GO_ON                                                         \
    "mov   r9, r10\n\t"                                                    \
    "cmp   %[acc], lr\n\t"

/* t and v: the pixel, and what the column before the first middle one gave to its result. */
#define MCX_LINE_BEGIN                      \
    ".syntax unified\n\t"                   \
    "mov   r12, %[t]\n\t"                   \
    "mov   r9, %[v]\n\t"                    \
    "ldr   %[t], [%[words], #24]\n\t"       \
    "mov   r11, %[t]\n\t"                   \
    "ldr   %[t], [%[words], #36]\n\t"       \
    "mov   lr, %[t]\n\t"

#define MCX_LINE_HALVES(load, extend)                                                                           \
    __asm__ volatile(MCX_LINE_BEGIN                                                                             \
                     "2:\n\t"                                                                                   \
                     MCX_LINE_TWO_COLUMNS(load, extend)                                                         \
                     "bne   2b\n\t"                                                                             \
                     "mov   %[v], r9"                                                                           \
                     : [x] "+l"(x), [acc] "+l"(acc), [v] "+l"(sum), [t] "+l"(t)                                   \
                     : [up] "l"(up), [down] "l"(down), [words] "l"(words)                                       \
                     : "r9", "r10", "r11", "r12", "lr", "cc", "memory")

#define MCX_LINE_LOOP(load, extend)                                                                             \
    __asm__ volatile(MCX_LINE_BEGIN                                                                             \
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
                     : [x] "+l"(x), [acc] "+l"(acc), [v] "+l"(sum), [t] "+l"(t)                                   \
                     : [up] "l"(up), [down] "l"(down), [words] "l"(words)                                       \
                     : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory")

/* up, down: no constants for gcc, which could give one of 0 the register of a sum of 0. */
#define MCX_DEFINE_LINE(name, variant, input_t, loop)                                                           \
    static inline int32_t name(const input_t *x, int32_t up, int32_t down, uint32_t pixel, int32_t *words,      \
                               int32_t sum, int32_t *acc, int32_t *end)                                         \
    {                                                                                                           \
        int32_t t = (int32_t)pixel;                                                                             \
        __asm__("" : "+l"(up), "+l"(down));                                                                     \
        words[9] = (int32_t)(intptr_t)end;                                                                      \
        loop##_##variant;                                                                                       \
        return sum;                                                                                             \
    }

/* A row by words.  x: the channel in the row in the middle; up, down: from there to the rows above and below it, 0 with
 * levels that are 0 for one that there is not. */
#define MCX_DEFINE_DEPTHWISE3X3_ROW(name, variant, input_t, level_t)                                            \
    MCX_DEFINE_LINE(mcx_##name##_ones_##variant, variant, input_t, MCX_LINE_LOOP)                               \
    MCX_DEFINE_LINE(mcx_##name##_halves_##variant, variant, input_t, MCX_LINE_HALVES)                           \
                                                                                                                \
    /* Three levels, or zeros. */                                                                               \
    static inline void mcx_##name##_words_##variant(int32_t *words, level_t *levels, int any)                   \
    {                                                                                                           \
        if (any) {                                                                                              \
            words[0] = levels[0];                                                                               \
            words[1] = levels[1];                                                                               \
            words[2] = levels[2];                                                                               \
        } else {                                                                                                \
            words[0] = words[1] = words[2] = 0;                                                                 \
        }                                                                                                       \
    }                                                                                                           \
                                                                                                                \
    /* One result, of the columns from `first` to `end` of its window, which begins at `at`. */                 \
    static inline int32_t mcx_##name##_one_##variant(const input_t *x, int32_t up, int32_t down, uint32_t at,   \
                                                     uint32_t pixel, const int32_t *words, uint32_t first,      \
                                                     uint32_t end)                                              \
    {                                                                                                           \
        int32_t sum = 0;                                                                                        \
        for (uint32_t j = first; j < end; j++) {                                                                \
            const input_t *const here = x + (at + j * pixel);                                                   \
            sum += words[j] * here[up] + words[3u + j] * here[0] + words[6u + j] * here[down];                  \
        }                                                                                                       \
        return sum;                                                                                             \
    }                                                                                                           \
                                                                                                                \
    static inline void mcx_##name##_row_##variant(const input_t *x, int32_t up, int32_t down, int32_t *words,   \
                                                  uint32_t width, uint32_t pixel, uint32_t stride, uint32_t left,\
                                                  int32_t *acc, uint32_t columns)                               \
    {                                                                                                           \
        const uint32_t all = (columns - 1u) * stride + 2u - left < width ? columns : columns - 1u;              \
        const input_t *const second = x + (left == 0u ? pixel : 0u);                                            \
        int32_t sum = 0;                                                                                        \
        if (columns == 1u) {                                                                                    \
            acc[0] = mcx_##name##_one_##variant(x, up, down, 0u - left * pixel, pixel, words, left, 2u + all);  \
            return;                                                                                             \
        }                                                                                                       \
        if (left == 0u) {                                                                                       \
            sum = mcx_##name##_one_##variant(x, up, down, 0u, pixel, words, 0u, 1u);                            \
        }                                                                                                       \
        if (stride == 1u) {                                                                                     \
            sum = mcx_##name##_ones_##variant(second, up, down, pixel, words, sum, acc, acc + all);             \
        } else {                                                                                                \
            sum = mcx_##name##_halves_##variant(second, up, down, pixel, words, sum, acc, acc + all);           \
        }                                                                                                       \
        if (all < columns) {                                                                                    \
            if (stride == 2u) {                                                                                 \
                const uint32_t last = (2u * all - left) * pixel;                                                \
                sum += mcx_##name##_one_##variant(x, up, down, last, pixel, words, 1u, 2u);                     \
            }                                                                                                   \
            acc[all] = sum;                                                                                     \
        }                                                                                                       \
    }

#define MCX_DEFINE_DEPTHWISE3X3(name, variant, input_t, level_t)                                                \
    MCX_DEFINE_DEPTHWISE3X3_ROW(name, variant, input_t, level_t)                                                \
                                                                                                                \
    static inline void mcx_##name##_##variant(const input_t *const *rows, uint32_t width, uint32_t pixel,       \
                                              uint32_t channel, level_t *levels, uint32_t stride,               \
                                              uint32_t left, int32_t *acc, uint32_t columns)                    \
    {                                                                                                           \
        int32_t words[10];                                                                                      \
        mcx_##name##_words_##variant(words, levels, rows[0] != NULL);                                           \
        mcx_##name##_words_##variant(words + 3, levels + 3, 1);                                                 \
        mcx_##name##_words_##variant(words + 6, levels + 6, rows[2] != NULL);                                   \
        const int32_t up = rows[0] != NULL ? (int32_t)(rows[0] - rows[1]) : 0;                                  \
        const int32_t down = rows[2] != NULL ? (int32_t)(rows[2] - rows[1]) : 0;                                \
        mcx_##name##_row_##variant(rows[1] + channel, up, down, words, width, pixel, stride, left, acc, columns);\
    }

#define MCX_LINE_LOOP_u8 MCX_LINE_LOOP("ldrb ", "")
#define MCX_LINE_LOOP_s8 MCX_LINE_LOOP("ldrsb", "sxtb  %[v], %[v]\n\t")
#define MCX_LINE_HALVES_u8 MCX_LINE_HALVES("ldrb ", "")
#define MCX_LINE_HALVES_s8 MCX_LINE_HALVES("ldrsb", "sxtb  %[v], %[v]\n\t")

#endif
