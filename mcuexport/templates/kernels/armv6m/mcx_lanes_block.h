/* The innermost loops of mcx_lanes.h, over some groups of inputs; the definition is mul/mcx_lanes_block.h.
 *
 * For ARMv6-M and later.  The four sums live in r8 to r11, which ADD can reach: seven low registers are left,
 * and suffice, for all else.
 *
 * Budget: 4 cycles for two products; with its loads, an input of a block takes 20 (two inputs of 2 bits: 38).
 * The loop takes 6 a group; emptying the sums into acc takes 70.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LANES_BLOCK_H
#define MCX_LANES_BLOCK_H

#include <stdint.h>

/* The product of the codes at the lowest bits of each half of %[t], into one sum. */
#define MCX_LANES_ADD(sum)          \
    "ands  %[t], %[t], %[mask]\n\t" \
    "muls  %[t], %[x], %[t]\n\t"    \
    "add   " sum ", " sum ", %[t]\n\t"

#define MCX_LANES_AT(shift, sum)          \
    "lsrs  %[t], %[word], #" shift "\n\t" \
    MCX_LANES_ADD(sum)

#define MCX_LANES_LOW(sum)    \
    "movs  %[t], %[word]\n\t" \
    MCX_LANES_ADD(sum)

#define MCX_LANES_WORD "ldm   %[words]!, {%[word]}\n\t"

#define MCX_LANES_INPUT(i, extend)        \
    "ldrb  %[x], [%[inputs], #" i "]\n\t" \
    extend

/* 4 bits: one input of eight outputs. */
#define MCX_LANES4_INPUT(i, extend) \
    MCX_LANES_INPUT(i, extend)      \
    MCX_LANES_WORD                  \
    MCX_LANES_LOW("r8")             \
    MCX_LANES_AT("4", "r9")         \
    MCX_LANES_AT("8", "r10")        \
    MCX_LANES_AT("12", "r11")

#define MCX_LANES4_GROUP(extend)  \
    MCX_LANES4_INPUT("0", extend) \
    MCX_LANES4_INPUT("1", extend) \
    MCX_LANES4_INPUT("2", extend) \
    MCX_LANES4_INPUT("3", extend) \
    "adds  %[inputs], #4\n\t"

/* 2 bits: two inputs of eight outputs. */
#define MCX_LANES2_INPUTS(a, b, extend) \
    MCX_LANES_INPUT(a, extend)          \
    MCX_LANES_WORD                      \
    MCX_LANES_LOW("r8")                 \
    MCX_LANES_AT("2", "r9")             \
    MCX_LANES_AT("4", "r10")            \
    MCX_LANES_AT("6", "r11")            \
    MCX_LANES_INPUT(b, extend)          \
    MCX_LANES_AT("8", "r8")             \
    MCX_LANES_AT("10", "r9")            \
    MCX_LANES_AT("12", "r10")           \
    MCX_LANES_AT("14", "r11")

#define MCX_LANES2_GROUP(extend)        \
    MCX_LANES2_INPUTS("0", "1", extend) \
    MCX_LANES2_INPUTS("2", "3", extend) \
    MCX_LANES2_INPUTS("4", "5", extend) \
    MCX_LANES2_INPUTS("6", "7", extend) \
    "adds  %[inputs], #8\n\t"

/* All inputs of two outputs: a word, four or eight inputs. */
#define MCX_LANES4_PAIR(extend)                           \
    MCX_LANES_WORD                                        \
    MCX_LANES_INPUT("0", extend) MCX_LANES_LOW("r8")      \
    MCX_LANES_INPUT("1", extend) MCX_LANES_AT("4", "r8")  \
    MCX_LANES_INPUT("2", extend) MCX_LANES_AT("8", "r8")  \
    MCX_LANES_INPUT("3", extend) MCX_LANES_AT("12", "r8") \
    "adds  %[inputs], #4\n\t"

#define MCX_LANES2_PAIR(extend)                           \
    MCX_LANES_WORD                                        \
    MCX_LANES_INPUT("0", extend) MCX_LANES_LOW("r8")      \
    MCX_LANES_INPUT("1", extend) MCX_LANES_AT("2", "r8")  \
    MCX_LANES_INPUT("2", extend) MCX_LANES_AT("4", "r8")  \
    MCX_LANES_INPUT("3", extend) MCX_LANES_AT("6", "r8")  \
    MCX_LANES_INPUT("4", extend) MCX_LANES_AT("8", "r8")  \
    MCX_LANES_INPUT("5", extend) MCX_LANES_AT("10", "r8") \
    MCX_LANES_INPUT("6", extend) MCX_LANES_AT("12", "r8") \
    MCX_LANES_INPUT("7", extend) MCX_LANES_AT("14", "r8") \
    "adds  %[inputs], #8\n\t"

/* A sum into acc[j], its low half, and acc[j + 4]. */
#define MCX_LANES_EMPTY(sum, at_low, at_high, low, high) \
    "mov   %[t], " sum "\n\t"                            \
    low                                                  \
    "ldr   %[word], [%[inputs], #" at_low "]\n\t"        \
    "adds  %[word], %[word], %[x]\n\t"                   \
    "str   %[word], [%[inputs], #" at_low "]\n\t"        \
    high                                                 \
    "ldr   %[word], [%[inputs], #" at_high "]\n\t"       \
    "adds  %[word], %[word], %[t]\n\t"                   \
    "str   %[word], [%[inputs], #" at_high "]\n\t"

#define MCX_LANES_EMPTY_ALL(low, high)           \
    "mov   %[inputs], %[acc]\n\t"                \
    MCX_LANES_EMPTY("r8", "0", "16", low, high)  \
    MCX_LANES_EMPTY("r9", "4", "20", low, high)  \
    MCX_LANES_EMPTY("r10", "8", "24", low, high) \
    MCX_LANES_EMPTY("r11", "12", "28", low, high)

#define MCX_LANES_UNSIGNED MCX_LANES_EMPTY_ALL("uxth  %[x], %[t]\n\t", "lsrs  %[t], %[t], #16\n\t")
#define MCX_LANES_SIGNED \
    MCX_LANES_EMPTY_ALL("sxth  %[x], %[t]\n\t", "subs  %[t], %[t], %[x]\n\tasrs  %[t], %[t], #16\n\t")

#define MCX_DEFINE_LANES_BLOCK(bits, variant, input_t, extend, empty)                                    \
    static inline void mcx_lanes##bits##_block_##variant(const uint32_t *words, const input_t *inputs,   \
                                                         uint32_t groups, int32_t *acc)                  \
    {                                                                                                    \
        uint32_t word = 0u, x, t;                                                                        \
        __asm__ volatile(".syntax unified\n\t"                                                           \
                         "mov   r8, %[word]\n\t"                                                         \
                         "mov   r9, %[word]\n\t"                                                         \
                         "mov   r10, %[word]\n\t"                                                        \
                         "mov   r11, %[word]\n"                                                          \
                         "1:\n\t" MCX_LANES##bits##_GROUP(extend)                                        \
                         "subs  %[groups], #1\n\t"                                                       \
                         "beq   2f\n\t"                                                                  \
                         "b     1b\n"                                                                    \
                         "2:\n\t" empty                                                                  \
                         : [words] "+l"(words), [inputs] "+l"(inputs), [groups] "+l"(groups),            \
                           [word] "+l"(word), [x] "=&l"(x), [t] "=&l"(t)                                 \
                         : [mask] "l"(((1u << (bits)) - 1u) * 0x00010001u), [acc] "h"(acc)               \
                         : "r8", "r9", "r10", "r11", "cc", "memory");                                    \
    }                                                                                                    \
                                                                                                         \
    static inline uint32_t mcx_lanes##bits##_sum_##variant(const uint32_t *words, const input_t *inputs, \
                                                           uint32_t groups)                              \
    {                                                                                                    \
        uint32_t word = 0u, x, t;                                                                        \
        __asm__ volatile(".syntax unified\n\t"                                                           \
                         "mov   r8, %[word]\n"                                                           \
                         "1:\n\t" MCX_LANES##bits##_PAIR(extend)                                         \
                         "subs  %[groups], #1\n\t"                                                       \
                         "bne   1b\n\t"                                                                  \
                         "mov   %[word], r8"                                                             \
                         : [words] "+l"(words), [inputs] "+l"(inputs), [groups] "+l"(groups),            \
                           [word] "+l"(word), [x] "=&l"(x), [t] "=&l"(t)                                 \
                         : [mask] "l"(((1u << (bits)) - 1u) * 0x00010001u)                               \
                         : "r8", "cc", "memory");                                                        \
        return word;                                                                                     \
    }

#define MCX_DEFINE_LANES_BLOCKS(bits)                                 \
    MCX_DEFINE_LANES_BLOCK(bits, u7, int8_t, "", MCX_LANES_UNSIGNED)  \
    MCX_DEFINE_LANES_BLOCK(bits, u8, uint8_t, "", MCX_LANES_UNSIGNED) \
    MCX_DEFINE_LANES_BLOCK(bits, s8, int8_t, "sxtb  %[x], %[x]\n\t", MCX_LANES_SIGNED)

MCX_DEFINE_LANES_BLOCKS(4)
MCX_DEFINE_LANES_BLOCKS(2)

#endif
