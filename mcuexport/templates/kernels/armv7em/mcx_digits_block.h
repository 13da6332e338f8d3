/* The innermost loops of mcx_digits.h, over some groups of inputs; the definition is mcx_digits_plain.h.
 *
 * For cores with SMLAD.  A word is turned and masked in one instruction, so four products take two.  Thirteen
 * registers are in use: the end of the inputs stays in memory, and a word of them is loaded twice.  clang keeps
 * one of the thirteen to itself, and gets plain C.
 *
 * Budget: 16 cycles for the 32 products of four inputs and 6 for widening these; 11 for the loop and the words
 * of a group; 60 for taking the sums apart, once a period.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DIGITS_BLOCK_H
#define MCX_DIGITS_BLOCK_H

#if defined(__clang__) || !defined(__OPTIMIZE__)
#include "mcx_digits_plain.h"
#else

#include <stdint.h>

#define MCX_DIGITS_ADD(word, turn, sum)      \
    "and   %[t], %[mask], " word turn "\n\t" \
    "smlad " sum ", %[t], %[x], " sum "\n\t"

#define MCX_DIGITS_PAIR4(turn)            \
    MCX_DIGITS_ADD("r4", turn, "%[sum0]") \
    MCX_DIGITS_ADD("r5", turn, "%[sum1]") \
    MCX_DIGITS_ADD("r6", turn, "%[sum2]") \
    MCX_DIGITS_ADD("r8", turn, "%[sum3]")

#define MCX_DIGITS_PAIR1(turn) MCX_DIGITS_ADD("%[word]", turn, "%[sum]")

/* Four inputs: bytes 0 and 2 of their word, then 1 and 3. */
#define MCX_DIGITS_INPUTS(widen, pair, turn, next_turn) \
    "ldr   %[x], [%[inputs]]\n\t"                       \
    widen " %[x], %[x]\n\t"                             \
    pair(turn)                                          \
    "ldr   %[x], [%[inputs]], #4\n\t"                   \
    widen " %[x], %[x], ror #8\n\t"                     \
    pair(next_turn)

#define MCX_DIGITS2_GROUP(widen, pair)             \
    MCX_DIGITS_INPUTS(widen, pair, "", ", ror #4") \
    MCX_DIGITS_INPUTS(widen, pair, ", ror #8", ", ror #12")

#define MCX_DIGITS1_GROUP(widen, pair)                      \
    MCX_DIGITS_INPUTS(widen, pair, "", ", ror #2")          \
    MCX_DIGITS_INPUTS(widen, pair, ", ror #4", ", ror #6")  \
    MCX_DIGITS_INPUTS(widen, pair, ", ror #8", ", ror #10") \
    MCX_DIGITS_INPUTS(widen, pair, ", ror #12", ", ror #14")

/* A sum, of two outputs, into their acc; the pointer to it in %[t]. */
#define MCX_DIGITS_EMPTY(sum, low, width)       \
    "ldrd  r4, r5, [%[t]]\n\t"                  \
    low "  %[x], " sum ", #0, #" width "\n\t"   \
    "sub   " sum ", " sum ", %[x]\n\t"          \
    "add   r4, r4, %[x]\n\t"                    \
    "add   r5, r5, " sum ", asr #" width "\n\t" \
    "strd  r4, r5, [%[t]], #8\n\t"              \
    "mov   " sum ", #0\n\t"

#define MCX_DIGITS2_WIDTH "14"
#define MCX_DIGITS1_WIDTH "15"
#define MCX_DIGITS2_MASK 0xC003C003u
#define MCX_DIGITS1_MASK 0x80018001u

/* 1: a period; 2: a group. */
#define MCX_DEFINE_DIGITS_BLOCK(bits, variant, input_t, widen, low)                                         \
    static inline void mcx_digits##bits##_block_##variant(const uint32_t *words, const input_t *inputs,     \
                                                          uint32_t groups, uint32_t period, int32_t *acc)   \
    {                                                                                                       \
        const input_t *const end = inputs + groups * (16u / (bits));                                        \
        const input_t *pause;                                                                               \
        int32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;                                                     \
        uint32_t x, t;                                                                                      \
        __asm__ volatile("1:\n\t"                                                                           \
                         "ldr   %[x], %[period]\n\t"                                                        \
                         "ldr   %[t], %[end]\n\t"                                                           \
                         "add   %[x], %[x], %[inputs]\n\t"                                                  \
                         "cmp   %[x], %[t]\n\t"                                                             \
                         "it    hi\n\t"                                                                     \
                         "movhi %[x], %[t]\n\t"                                                             \
                         "str   %[x], %[pause]\n"                                                           \
                         "2:\n\t"                                                                           \
                         "ldm   %[words]!, {r4, r5, r6, r8}\n\t"                                            \
                         MCX_DIGITS##bits##_GROUP(widen, MCX_DIGITS_PAIR4)                                  \
                         "ldr   %[t], %[pause]\n\t"                                                         \
                         "cmp   %[inputs], %[t]\n\t"                                                        \
                         "bne   2b\n\t"                                                                     \
                         "ldr   %[t], %[acc]\n\t"                                                           \
                         MCX_DIGITS_EMPTY("%[sum0]", low, MCX_DIGITS##bits##_WIDTH)                         \
                         MCX_DIGITS_EMPTY("%[sum1]", low, MCX_DIGITS##bits##_WIDTH)                         \
                         MCX_DIGITS_EMPTY("%[sum2]", low, MCX_DIGITS##bits##_WIDTH)                         \
                         MCX_DIGITS_EMPTY("%[sum3]", low, MCX_DIGITS##bits##_WIDTH)                         \
                         "ldr   %[t], %[end]\n\t"                                                           \
                         "cmp   %[inputs], %[t]\n\t"                                                        \
                         "bne   1b"                                                                         \
                         : [words] "+r"(words), [inputs] "+r"(inputs), [sum0] "+r"(sum0), [sum1] "+r"(sum1), \
                           [sum2] "+r"(sum2), [sum3] "+r"(sum3), [x] "=&r"(x), [t] "=&r"(t),                \
                           [pause] "=m"(pause)                                                              \
                         : [end] "m"(end), [period] "m"(period), [acc] "m"(acc),                            \
                           [mask] "r"(MCX_DIGITS##bits##_MASK)                                              \
                         : "r4", "r5", "r6", "r8", "cc", "memory");                                         \
    }                                                                                                       \
                                                                                                            \
    static inline void mcx_digits##bits##_pair_##variant(const uint32_t *words, const input_t *inputs,      \
                                                         uint32_t groups, uint32_t period, int32_t *sums)   \
    {                                                                                                       \
        sums[0] = 0;                                                                                        \
        sums[1] = 0;                                                                                        \
        period /= 16u / (bits);                                                                             \
        while (groups > 0u) {                                                                               \
            uint32_t count = groups < period ? groups : period;                                             \
            int32_t sum = 0, even;                                                                          \
            uint32_t word, x, t;                                                                            \
            groups -= count;                                                                                \
            __asm__ volatile("1:\n\t"                                                                       \
                             "ldr   %[word], [%[words]], #4\n\t"                                            \
                             MCX_DIGITS##bits##_GROUP(widen, MCX_DIGITS_PAIR1)                              \
                             "subs  %[count], #1\n\t"                                                       \
                             "bne   1b\n\t"                                                                 \
                             low "  %[even], %[sum], #0, #" MCX_DIGITS##bits##_WIDTH                        \
                             : [words] "+r"(words), [inputs] "+r"(inputs), [count] "+r"(count),             \
                               [sum] "+r"(sum), [word] "=&r"(word), [x] "=&r"(x), [t] "=&r"(t),             \
                               [even] "=&r"(even)                                                           \
                             : [mask] "r"(MCX_DIGITS##bits##_MASK)                                          \
                             : "cc", "memory");                                                             \
            sums[0] += even;                                                                                \
            sums[1] += (sum - even) >> (16 - (bits));                                                       \
        }                                                                                                   \
    }

#define MCX_DEFINE_DIGITS_BLOCKS(bits)                           \
    MCX_DEFINE_DIGITS_BLOCK(bits, u7, int8_t, "uxtb16", "ubfx")  \
    MCX_DEFINE_DIGITS_BLOCK(bits, u8, uint8_t, "uxtb16", "ubfx") \
    MCX_DEFINE_DIGITS_BLOCK(bits, s8, int8_t, "sxtb16", "sbfx")

MCX_DEFINE_DIGITS_BLOCKS(2)
MCX_DEFINE_DIGITS_BLOCKS(1)

#endif
#endif
