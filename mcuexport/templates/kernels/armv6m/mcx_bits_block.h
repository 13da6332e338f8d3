/* The innermost loop of mcx_bits.h, eight outputs over some groups of inputs.
 *
 * For ARMv6-M and later; the definition is mcx_bits_plain.h, which clang gets: it
 * keeps a register to itself that is in use here.  The sums live in r8 to r11, which ADD can reach.
 * Two inputs at once are one load if they are aligned; if not, they are treated as those above 127 are.
 *
 * Budget: 6 cycles for four products of inputs 0 .. 127, 8 for those of others; 10 for the loads and the loop,
 * once in 32 products, 16 for others; 70 for emptying the sums.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BITS_BLOCK_H
#define MCX_BITS_BLOCK_H

#ifdef __clang__
#include "mcx_bits_plain.h"
#else

#include <stdint.h>

#define MCX_BITS_AT(shift)                \
    "lsrs  %[t], %[word], #" shift "\n\t" \
    "ands  %[t], %[t], %[mask]\n\t"       \
    "muls  %[t], %[x], %[t]\n\t"

/* Two inputs of two outputs: their sums are bytes 1 and 3 of the product. */
#define MCX_BITS_TWO(shift, sum)     \
    MCX_BITS_AT(shift)               \
    "lsrs  %[t], %[t], #8\n\t"       \
    "ands  %[t], %[t], %[bytes]\n\t" \
    "add   " sum ", " sum ", %[t]\n\t"

#define MCX_BITS_INPUTS_TWO(at, s0, s1, s2, s3) \
    "ldrh  %[x], [%[inputs], #" at "]\n\t"      \
    MCX_BITS_TWO(s0, "r8")                      \
    MCX_BITS_TWO(s1, "r9")                      \
    MCX_BITS_TWO(s2, "r10")                     \
    MCX_BITS_TWO(s3, "r11")

#define MCX_BITS_WORD_TWO                        \
    MCX_BITS_INPUTS_TWO("0", "0", "1", "2", "3") \
    MCX_BITS_INPUTS_TWO("2", "4", "5", "6", "7")

/* One input of two outputs. */
#define MCX_BITS_ONE(shift, sum) \
    MCX_BITS_AT(shift)           \
    "add   " sum ", " sum ", %[t]\n\t"

#define MCX_BITS_INPUT_ONE(at, extend, s0, s1, s2, s3) \
    "ldrb  %[x], [%[inputs], #" at "]\n\t"             \
    extend                                             \
    MCX_BITS_ONE(s0, "r8")                             \
    MCX_BITS_ONE(s1, "r9")                             \
    MCX_BITS_ONE(s2, "r10")                            \
    MCX_BITS_ONE(s3, "r11")

#define MCX_BITS_WORD_ONE(extend)                           \
    MCX_BITS_INPUT_ONE("0", extend, "8", "9", "10", "11")   \
    MCX_BITS_INPUT_ONE("1", extend, "0", "1", "2", "3")     \
    MCX_BITS_INPUT_ONE("2", extend, "12", "13", "14", "15") \
    MCX_BITS_INPUT_ONE("3", extend, "4", "5", "6", "7")

/* A sum into acc[j], its low half, and acc[j + 4]. */
#define MCX_BITS_EMPTY(sum, at_low, at_high, low, high) \
    "mov   %[t], " sum "\n\t"                           \
    low                                                 \
    "ldr   %[word], [%[inputs], #" at_low "]\n\t"       \
    "adds  %[word], %[word], %[x]\n\t"                  \
    "str   %[word], [%[inputs], #" at_low "]\n\t"       \
    high                                                \
    "ldr   %[word], [%[inputs], #" at_high "]\n\t"      \
    "adds  %[word], %[word], %[t]\n\t"                  \
    "str   %[word], [%[inputs], #" at_high "]\n\t"

#define MCX_BITS_EMPTY_ALL(low, high)           \
    "ldr   %[inputs], %[acc]\n\t"               \
    MCX_BITS_EMPTY("r8", "0", "16", low, high)  \
    MCX_BITS_EMPTY("r9", "4", "20", low, high)  \
    MCX_BITS_EMPTY("r10", "8", "24", low, high) \
    MCX_BITS_EMPTY("r11", "12", "28", low, high)

#define MCX_BITS_UNSIGNED MCX_BITS_EMPTY_ALL("uxth  %[x], %[t]\n\t", "lsrs  %[t], %[t], #16\n\t")
#define MCX_BITS_SIGNED \
    MCX_BITS_EMPTY_ALL("sxth  %[x], %[t]\n\t", "subs  %[t], %[t], %[x]\n\tasrs  %[t], %[t], #16\n\t")

/* lsrs by 0 is movs, as assemblers know. */
#define MCX_DEFINE_BITS_LOOP(name, input_t, word_of, one, empty)                                        \
    static inline void mcx_bits_##name(const uint32_t *words, const input_t *inputs, uint32_t groups,   \
                                       int32_t *acc)                                                    \
    {                                                                                                   \
        uint32_t word = 0u, x, t;                                                                       \
        __asm__ volatile(".syntax unified\n\t"                                                          \
                         "mov   r8, %[word]\n\t"                                                        \
                         "mov   r9, %[word]\n\t"                                                        \
                         "mov   r10, %[word]\n\t"                                                       \
                         "mov   r11, %[word]\n"                                                         \
                         "1:\n\t"                                                                       \
                         "ldm   %[words]!, {%[word]}\n\t"                                               \
                         word_of                                                                        \
                         "adds  %[inputs], #4\n\t"                                                      \
                         "cmp   %[inputs], %[end]\n\t"                                                  \
                         "bne   1b\n\t"                                                                 \
                         empty                                                                          \
                         : [words] "+l"(words), [inputs] "+l"(inputs), [word] "+l"(word), [x] "=&l"(x), \
                           [t] "=&l"(t)                                                                 \
                         : [mask] "l"(one), [bytes] "l"(0x00FF00FFu), [end] "h"(inputs + 16u * groups), \
                           [acc] "m"(acc)                                                               \
                         : "r8", "r9", "r10", "r11", "cc", "memory");                                   \
    }

MCX_DEFINE_BITS_LOOP(aligned, int8_t, MCX_BITS_WORD_TWO, 0x01010101u, MCX_BITS_UNSIGNED)
MCX_DEFINE_BITS_LOOP(block_u8, uint8_t, MCX_BITS_WORD_ONE(""), 0x00010001u, MCX_BITS_UNSIGNED)
MCX_DEFINE_BITS_LOOP(block_s8, int8_t, MCX_BITS_WORD_ONE("sxtb  %[x], %[x]\n\t"), 0x00010001u, MCX_BITS_SIGNED)

static inline void mcx_bits_block_u7(const uint32_t *words, const int8_t *x, uint32_t groups, int32_t *acc)
{
    if (((uintptr_t)x & 1u) == 0u) {
        mcx_bits_aligned(words, x, groups, acc);
    } else {
        mcx_bits_block_u8(words, (const uint8_t *)x, groups, acc);
    }
}

#endif
#endif
