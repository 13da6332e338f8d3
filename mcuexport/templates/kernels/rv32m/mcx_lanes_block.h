/* The innermost loops of mcx_lanes.h, over some groups of inputs; the definition is mul/mcx_lanes_block.h.
 *
 * For RV32 with M; sixteen registers suffice.
 *
 * Budget: 4 cycles for two products (3 for those in the lowest bits); with its loads, an input of a block takes
 * 19 (two inputs of 2 bits: 37).  The loop takes 5 a group; emptying the sums into acc takes 46.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LANES_BLOCK_H
#define MCX_LANES_BLOCK_H

#include <stdint.h>

/* The product of the codes at the lowest bits of each half of `codes`, into one sum. */
#define MCX_LANES_ADD(codes, sum)        \
    "and   %[t], " codes ", %[mask]\n\t" \
    "mul   %[t], %[t], %[x]\n\t"         \
    "add   " sum ", " sum ", %[t]\n\t"

#define MCX_LANES_AT(shift, sum)         \
    "srli  %[t], %[word], " shift "\n\t" \
    MCX_LANES_ADD("%[t]", sum)

#define MCX_LANES_LOW(sum) MCX_LANES_ADD("%[word]", sum)

#define MCX_LANES_WORD(at) "lw    %[word], " at "(%[words])\n\t"

#define MCX_LANES_INPUT(i, load) load "    %[x], " i "(%[inputs])\n\t"

/* 4 bits: one input of eight outputs. */
#define MCX_LANES4_INPUT(i, at, load) \
    MCX_LANES_INPUT(i, load)          \
    MCX_LANES_WORD(at)                \
    MCX_LANES_LOW("%[sum0]")          \
    MCX_LANES_AT("4", "%[sum1]")      \
    MCX_LANES_AT("8", "%[sum2]")      \
    MCX_LANES_AT("12", "%[sum3]")

#define MCX_LANES4_GROUP(load)         \
    MCX_LANES4_INPUT("0", "0", load)   \
    MCX_LANES4_INPUT("1", "4", load)   \
    MCX_LANES4_INPUT("2", "8", load)   \
    MCX_LANES4_INPUT("3", "12", load)  \
    "addi  %[words], %[words], 16\n\t" \
    "addi  %[inputs], %[inputs], 4\n\t"

/* 2 bits: two inputs of eight outputs. */
#define MCX_LANES2_INPUTS(a, b, at, load) \
    MCX_LANES_INPUT(a, load)              \
    MCX_LANES_WORD(at)                    \
    MCX_LANES_LOW("%[sum0]")              \
    MCX_LANES_AT("2", "%[sum1]")          \
    MCX_LANES_AT("4", "%[sum2]")          \
    MCX_LANES_AT("6", "%[sum3]")          \
    MCX_LANES_INPUT(b, load)              \
    MCX_LANES_AT("8", "%[sum0]")          \
    MCX_LANES_AT("10", "%[sum1]")         \
    MCX_LANES_AT("12", "%[sum2]")         \
    MCX_LANES_AT("14", "%[sum3]")

#define MCX_LANES2_GROUP(load)              \
    MCX_LANES2_INPUTS("0", "1", "0", load)  \
    MCX_LANES2_INPUTS("2", "3", "4", load)  \
    MCX_LANES2_INPUTS("4", "5", "8", load)  \
    MCX_LANES2_INPUTS("6", "7", "12", load) \
    "addi  %[words], %[words], 16\n\t"      \
    "addi  %[inputs], %[inputs], 8\n\t"

/* All inputs of two outputs: a word, four or eight inputs. */
#define MCX_LANES4_PAIR(load)                               \
    MCX_LANES_WORD("0")                                     \
    MCX_LANES_INPUT("0", load) MCX_LANES_LOW("%[sum]")      \
    MCX_LANES_INPUT("1", load) MCX_LANES_AT("4", "%[sum]")  \
    MCX_LANES_INPUT("2", load) MCX_LANES_AT("8", "%[sum]")  \
    MCX_LANES_INPUT("3", load) MCX_LANES_AT("12", "%[sum]") \
    "addi  %[words], %[words], 4\n\t"                       \
    "addi  %[inputs], %[inputs], 4\n\t"

#define MCX_LANES2_PAIR(load)                               \
    MCX_LANES_WORD("0")                                     \
    MCX_LANES_INPUT("0", load) MCX_LANES_LOW("%[sum]")      \
    MCX_LANES_INPUT("1", load) MCX_LANES_AT("2", "%[sum]")  \
    MCX_LANES_INPUT("2", load) MCX_LANES_AT("4", "%[sum]")  \
    MCX_LANES_INPUT("3", load) MCX_LANES_AT("6", "%[sum]")  \
    MCX_LANES_INPUT("4", load) MCX_LANES_AT("8", "%[sum]")  \
    MCX_LANES_INPUT("5", load) MCX_LANES_AT("10", "%[sum]") \
    MCX_LANES_INPUT("6", load) MCX_LANES_AT("12", "%[sum]") \
    MCX_LANES_INPUT("7", load) MCX_LANES_AT("14", "%[sum]") \
    "addi  %[words], %[words], 4\n\t"                       \
    "addi  %[inputs], %[inputs], 8\n\t"

/* A sum into acc[j], its low half, and acc[j + 4]; acc in %[words]. */
#define MCX_LANES_EMPTY(sum, at_low, at_high, low, high) \
    low(sum)                                             \
    "lw    %[word], " at_low "(%[words])\n\t"            \
    "add   %[word], %[word], %[x]\n\t"                   \
    "sw    %[word], " at_low "(%[words])\n\t"            \
    high(sum)                                            \
    "lw    %[word], " at_high "(%[words])\n\t"           \
    "add   %[word], %[word], " sum "\n\t"                \
    "sw    %[word], " at_high "(%[words])\n\t"

#define MCX_LANES_LOW_UNSIGNED(sum) "slli  %[x], " sum ", 16\n\tsrli  %[x], %[x], 16\n\t"
#define MCX_LANES_HIGH_UNSIGNED(sum) "srli  " sum ", " sum ", 16\n\t"
#define MCX_LANES_LOW_SIGNED(sum) "slli  %[x], " sum ", 16\n\tsrai  %[x], %[x], 16\n\t"
#define MCX_LANES_HIGH_SIGNED(sum) "sub   " sum ", " sum ", %[x]\n\tsrai  " sum ", " sum ", 16\n\t"

#define MCX_LANES_EMPTY_ALL(low, high)               \
    "lw    %[words], %[acc]\n\t"                     \
    MCX_LANES_EMPTY("%[sum0]", "0", "16", low, high) \
    MCX_LANES_EMPTY("%[sum1]", "4", "20", low, high) \
    MCX_LANES_EMPTY("%[sum2]", "8", "24", low, high) \
    MCX_LANES_EMPTY("%[sum3]", "12", "28", low, high)

#define MCX_DEFINE_LANES_BLOCK(bits, variant, input_t, load, sign)                                          \
    static inline void mcx_lanes##bits##_block_##variant(const uint32_t *words, const input_t *inputs,      \
                                                         uint32_t groups, int32_t *acc)                     \
    {                                                                                                       \
        uint32_t sum0 = 0u, sum1 = 0u, sum2 = 0u, sum3 = 0u, word, x, t;                                    \
        __asm__ volatile("1:\n\t" MCX_LANES##bits##_GROUP(load)                                             \
                         "bne   %[inputs], %[end], 1b\n\t"                                                  \
                         MCX_LANES_EMPTY_ALL(MCX_LANES_LOW_##sign, MCX_LANES_HIGH_##sign)                   \
                         : [words] "+r"(words), [inputs] "+r"(inputs), [sum0] "+r"(sum0), [sum1] "+r"(sum1), \
                           [sum2] "+r"(sum2), [sum3] "+r"(sum3), [word] "=&r"(word), [x] "=&r"(x),          \
                           [t] "=&r"(t)                                                                     \
                         : [end] "r"(inputs + groups * (16u / (bits))),                                     \
                           [mask] "r"(((1u << (bits)) - 1u) * 0x00010001u), [acc] "m"(acc)                  \
                         : "memory");                                                                       \
    }                                                                                                       \
                                                                                                            \
    static inline uint32_t mcx_lanes##bits##_sum_##variant(const uint32_t *words, const input_t *inputs,    \
                                                           uint32_t groups)                                 \
    {                                                                                                       \
        uint32_t sum = 0u, word, x, t;                                                                      \
        __asm__ volatile("1:\n\t" MCX_LANES##bits##_PAIR(load)                                              \
                         "bne   %[inputs], %[end], 1b"                                                      \
                         : [words] "+r"(words), [inputs] "+r"(inputs), [sum] "+r"(sum), [word] "=&r"(word), \
                           [x] "=&r"(x), [t] "=&r"(t)                                                       \
                         : [end] "r"(inputs + groups * (16u / (bits))),                                     \
                           [mask] "r"(((1u << (bits)) - 1u) * 0x00010001u)                                  \
                         : "memory");                                                                       \
        return sum;                                                                                         \
    }

#define MCX_DEFINE_LANES_BLOCKS(bits)                          \
    MCX_DEFINE_LANES_BLOCK(bits, u7, int8_t, "lbu", UNSIGNED)  \
    MCX_DEFINE_LANES_BLOCK(bits, u8, uint8_t, "lbu", UNSIGNED) \
    MCX_DEFINE_LANES_BLOCK(bits, s8, int8_t, "lb ", SIGNED)

MCX_DEFINE_LANES_BLOCKS(4)
MCX_DEFINE_LANES_BLOCKS(2)

#endif
