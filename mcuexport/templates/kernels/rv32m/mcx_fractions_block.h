/* The innermost loop of rv32m/mcx_dense_radix23.h, three outputs: sums[j] += sum of code * x.
 *
 * For RV32 with M; sixteen registers suffice.
 *
 * Budget: 14 cycles for an input, three products (11 for the last of seven); 13 for the loads of words and the loop.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FRACTIONS_BLOCK_H
#define MCX_FRACTIONS_BLOCK_H

#include <stdint.h>

#define MCX_FRACTIONS_LAST(fraction, sum)                \
    "mulhu %[code], " fraction ", %[radix]\n\t"          \
    "mul   %[code], %[code], %[input]\n\t"               \
    "add   " sum ", " sum ", %[code]\n\t"

#define MCX_FRACTIONS_ADD(fraction, sum)                 \
    MCX_FRACTIONS_LAST(fraction, sum)                    \
    "mul   " fraction ", " fraction ", %[radix]\n\t"

#define MCX_FRACTIONS_INPUT(i, load, add)        \
    load "    %[input], " i "(%[x])\n\t"         \
    add("%[word0]", "%[sum0]")                   \
    add("%[word1]", "%[sum1]")                   \
    add("%[word2]", "%[sum2]")

#define MCX_DEFINE_FRACTIONS_BLOCK(variant, input_t, load)                                                       \
    static inline void mcx_fractions_block_##variant(const uint32_t *words, const input_t *x, uint32_t groups,   \
                                                     int32_t *sums)                                              \
    {                                                                                                            \
        const uint32_t *const end = words + 3u * groups;                                                         \
        uint32_t sum0 = 0u, sum1 = 0u, sum2 = 0u, word0, word1, word2, input, code;                              \
        __asm__ volatile("1:\n\t"                                                                                \
                         "lw    %[word0], 0(%[words])\n\t"                                                       \
                         "lw    %[word1], 4(%[words])\n\t"                                                       \
                         "lw    %[word2], 8(%[words])\n\t"                                                       \
                         MCX_FRACTIONS_INPUT("0", load, MCX_FRACTIONS_ADD)                                                       \
                         MCX_FRACTIONS_INPUT("1", load, MCX_FRACTIONS_ADD)                                                       \
                         MCX_FRACTIONS_INPUT("2", load, MCX_FRACTIONS_ADD)                                                       \
                         MCX_FRACTIONS_INPUT("3", load, MCX_FRACTIONS_ADD)                                                       \
                         MCX_FRACTIONS_INPUT("4", load, MCX_FRACTIONS_ADD)                                                       \
                         MCX_FRACTIONS_INPUT("5", load, MCX_FRACTIONS_ADD)                                                       \
                         MCX_FRACTIONS_INPUT("6", load, MCX_FRACTIONS_LAST)                                                       \
                         "addi  %[words], %[words], 12\n\t"                                                      \
                         "addi  %[x], %[x], 7\n\t"                                                               \
                         "lw    %[code], %[end]\n\t"                                                             \
                         "bne   %[words], %[code], 1b"                                                           \
                         : [words] "+r"(words), [x] "+r"(x), [sum0] "+r"(sum0), [sum1] "+r"(sum1),               \
                           [sum2] "+r"(sum2), [word0] "=&r"(word0), [word1] "=&r"(word1), [word2] "=&r"(word2),  \
                           [input] "=&r"(input), [code] "=&r"(code)                                              \
                         : [radix] "r"(23u), [end] "m"(end)                                                      \
                         : "memory");                                                                            \
        sums[0] += (int32_t)sum0;                                                                                \
        sums[1] += (int32_t)sum1;                                                                                \
        sums[2] += (int32_t)sum2;                                                                                \
    }

MCX_DEFINE_FRACTIONS_BLOCK(u7, int8_t, "lbu")
MCX_DEFINE_FRACTIONS_BLOCK(u8, uint8_t, "lbu")
MCX_DEFINE_FRACTIONS_BLOCK(s8, int8_t, "lb ")

#endif
