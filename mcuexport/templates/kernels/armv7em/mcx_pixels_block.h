/* The inner loops of mcx_pixels.h; the definition is mcx_pixels_plain.h.
 *
 * For cores with SMLAD.  As in mcx_byte_pairs.h and mcx_nibble_pairs.h, words are multiplied whole, then without
 * their highest codes, and so on; the differences of those sums are the ones we want.  Thirteen registers are in
 * use; clang keeps one of them to itself, and gets plain C.
 *
 * Bound: as there; at most 32 groups.
 * Budget: 64 cycles for the 64 products of a group of bytes, 60 for nibbles, and 6 for the loop.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_BLOCK_H
#define MCX_PIXELS_BLOCK_H

#ifdef __clang__
#include "mcx_pixels_plain.h"
#else

#include "mcx_inputs.h"

/* Four inputs of each pixel; ones: both lanes 1. */
#define MCX_WIDEN_FOUR(widen)                                                                                   \
    "ldr   %[a], [%[x]], #4\n\t"                                                                                \
    "ldr   %[b], [%[other]], #4\n\t"                                                                            \
    widen " %[even], %[a]\n\t"                                                                                  \
    widen " %[a], %[a], ror #8\n\t"                                                                             \
    "smlad %[total0], %[even], %[ones], %[total0]\n\t"                                                          \
    "smlad %[total0], %[a], %[ones], %[total0]\n\t"                                                             \
    "str   %[even], [%[pairs]], #4\n\t"                                                                         \
    widen " %[even], %[b]\n\t"                                                                                  \
    widen " %[b], %[b], ror #8\n\t"                                                                             \
    "str   %[even], [%[pairs]], #4\n\t"                                                                         \
    "smlad %[total1], %[even], %[ones], %[total1]\n\t"                                                          \
    "smlad %[total1], %[b], %[ones], %[total1]\n\t"                                                             \
    "strd  %[a], %[b], [%[pairs]], #8\n\t"

#define MCX_DEFINE_WIDEN(variant, input_t, widen)                                                               \
    static inline void mcx_widen_##variant(const input_t *x, uint32_t next, uint32_t n, uint32_t *pairs,        \
                                           int32_t *totals)                                                     \
    {                                                                                                           \
        const input_t *other = x + next;                                                                        \
        input_t tail[16];                                                                                       \
        int32_t total0 = 0, total1 = 0;                                                                         \
        uint32_t a, b, even;                                                                                    \
        while (n > 0u) {                                                                                        \
            const uint32_t count = n < 8u ? n : 8u;                                                             \
            if (count < 8u) {                                                                                   \
                mcx_tail_##variant(x, n, tail, 8u);                                                             \
                mcx_tail_##variant(other, n, tail + 8, 8u);                                                     \
                x = tail;                                                                                       \
                other = tail + 8;                                                                               \
            }                                                                                                   \
            __asm__ volatile(MCX_WIDEN_FOUR(widen) MCX_WIDEN_FOUR(widen)                                        \
                             : [x] "+r"(x), [other] "+r"(other), [pairs] "+r"(pairs), [total0] "+r"(total0),    \
                               [total1] "+r"(total1), [a] "=&r"(a), [b] "=&r"(b), [even] "=&r"(even)            \
                             : [ones] "r"(0x00010001u)                                                          \
                             : "memory");                                                                       \
            n -= count;                                                                                         \
        }                                                                                                       \
        totals[0] = total0;                                                                                     \
        totals[1] = total1;                                                                                     \
    }

MCX_DEFINE_WIDEN(u7, int8_t, "uxtb16")
MCX_DEFINE_WIDEN(u8, uint8_t, "uxtb16")
MCX_DEFINE_WIDEN(s8, int8_t, "sxtb16")

/* The next pair of each pixel. */
#define MCX_PIXELS_PAIRS "ldrd   %[a], %[b], [%[pairs]], #8\n\t"

/* The next word times both pairs, into one sum of each pixel. */
#define MCX_PIXELS_MULTIPLY(sum_a, sum_b)                          \
    "smlad  %[" sum_a "], %[word], %[a], %[" sum_a "]\n\t" \
    "smlad  %[" sum_b "], %[word], %[b], %[" sum_b "]\n\t"

#define MCX_PIXELS_WORD "ldr    %[word], [%[words]], #4\n\t"

#define MCX_PIXELS_BYTES_PAIR                 \
    MCX_PIXELS_PAIRS                          \
    MCX_PIXELS_WORD                           \
    MCX_PIXELS_MULTIPLY("raw1", "raw5")       \
    "uxtb16 %[word], %[word]\n\t"             \
    MCX_PIXELS_MULTIPLY("raw0", "raw4")       \
    MCX_PIXELS_WORD                           \
    MCX_PIXELS_MULTIPLY("raw3", "raw7")       \
    "uxtb16 %[word], %[word]\n\t"             \
    MCX_PIXELS_MULTIPLY("raw2", "raw6")

#define MCX_PIXELS_NIBBLES_PAIR               \
    MCX_PIXELS_PAIRS                          \
    MCX_PIXELS_WORD                           \
    MCX_PIXELS_MULTIPLY("raw3", "raw7")       \
    "bic    %[word], %[word], #0xF000F000\n\t" \
    MCX_PIXELS_MULTIPLY("raw2", "raw6")       \
    "uxtb16 %[word], %[word]\n\t"             \
    MCX_PIXELS_MULTIPLY("raw1", "raw5")       \
    "and    %[word], %[word], #0x000F000F\n\t" \
    MCX_PIXELS_MULTIPLY("raw0", "raw4")

#define MCX_FOUR(text) text text text text

/* Every register is taken: the end of the loop waits in memory. */
#define MCX_PIXELS_LOOP(pair)                                                                                   \
    const uint32_t *const end = pairs + 8u * groups;                                                            \
    uint32_t raw0 = 0u, raw1 = 0u, raw2 = 0u, raw3 = 0u, raw4 = 0u, raw5 = 0u, raw6 = 0u, raw7 = 0u;            \
    uint32_t a, b, word;                                                                                        \
    __asm__ volatile("1:\n\t" MCX_FOUR(pair)                                                                    \
                     "ldr    %[word], %[end]\n\t"                                                               \
                     "cmp    %[pairs], %[word]\n\t"                                                             \
                     "bne    1b"                                                                                \
                     : [words] "+r"(words), [pairs] "+r"(pairs), [raw0] "+r"(raw0), [raw1] "+r"(raw1),          \
                       [raw2] "+r"(raw2), [raw3] "+r"(raw3), [raw4] "+r"(raw4), [raw5] "+r"(raw5),              \
                       [raw6] "+r"(raw6), [raw7] "+r"(raw7), [a] "=&r"(a), [b] "=&r"(b), [word] "=&r"(word)     \
                     : [end] "m"(end)                                                                           \
                     : "cc", "memory")

/* A sum that stands at bit `at`, times 2^shift. */
static inline int32_t mcx_pixels_sum(uint32_t raw, uint32_t at, uint32_t shift)
{
    return ((int32_t)raw >> at) * (int32_t)(1u << shift);
}

static inline void mcx_pixels_bytes(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                    uint32_t shift, int32_t *sums)
{
    MCX_PIXELS_LOOP(MCX_PIXELS_BYTES_PAIR);
    sums[0] = mcx_pixels_sum(raw0, 0u, shift);
    sums[1] = mcx_pixels_sum(raw1 - raw0, 8u, shift);
    sums[2] = mcx_pixels_sum(raw2, 0u, shift);
    sums[3] = mcx_pixels_sum(raw3 - raw2, 8u, shift);
    sums[4] = mcx_pixels_sum(raw4, 0u, shift);
    sums[5] = mcx_pixels_sum(raw5 - raw4, 8u, shift);
    sums[6] = mcx_pixels_sum(raw6, 0u, shift);
    sums[7] = mcx_pixels_sum(raw7 - raw6, 8u, shift);
}

static inline void mcx_pixels_nibbles(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                      uint32_t shift, int32_t *sums)
{
    MCX_PIXELS_LOOP(MCX_PIXELS_NIBBLES_PAIR);
    sums[0] = mcx_pixels_sum(raw0, 0u, shift);
    sums[1] = mcx_pixels_sum(raw1 - raw0, 4u, shift);
    sums[2] = mcx_pixels_sum(raw2 - raw1, 8u, shift);
    sums[3] = mcx_pixels_sum(raw3 - raw2, 12u, shift);
    sums[4] = mcx_pixels_sum(raw4, 0u, shift);
    sums[5] = mcx_pixels_sum(raw5 - raw4, 4u, shift);
    sums[6] = mcx_pixels_sum(raw6 - raw5, 8u, shift);
    sums[7] = mcx_pixels_sum(raw7 - raw6, 12u, shift);
}

#endif
#endif
