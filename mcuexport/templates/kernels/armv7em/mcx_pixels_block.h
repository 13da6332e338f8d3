/* The inner loops of mcx_pixels.h; the definition is mcx_pixels_plain.h.
 *
 * For cores with SMLAD.  As in mcx_byte_pairs.h and mcx_nibble_pairs.h, words are multiplied whole, then without
 * their highest codes, and so on; the differences of those sums are the ones we want.  They begin with what makes the
 * differences begin with `starts`.  Thirteen registers are in use; clang, and gcc that does not
 * optimize, keep one of them to themselves, and get plain C.
 *
 * Bound: as there; at most 32 groups.  A start only brings codes back to levels, so its sum fits as well.
 * Budget: 64 cycles for the 64 products of a group of bytes, 56 for nibbles, and 6 for the loop.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_BLOCK_H
#define MCX_PIXELS_BLOCK_H

#if defined(__clang__) || !defined(__OPTIMIZE__)
#include "mcx_pixels_plain.h"
#else

#include "mcx_inputs.h"

/* Words of two inputs as they are, or times 2^left, for which they must not be signed. */
#define MCX_WIDEN_ONCE(word) ""
#define MCX_WIDEN_SCALED(word) "lsl   " word ", " word ", %[left]\n\t"

/* Four inputs of each pixel; ones: both lanes 1. */
#define MCX_WIDEN_FOUR(widen, scale)                                                                            \
    "ldr   %[a], [%[x]], #4\n\t"                                                                                \
    "ldr   %[b], [%[other]], #4\n\t"                                                                            \
    widen " %[even], %[a]\n\t"                                                                                  \
    widen " %[a], %[a], ror #8\n\t"                                                                             \
    "smlad %[total0], %[even], %[ones], %[total0]\n\t"                                                          \
    "smlad %[total0], %[a], %[ones], %[total0]\n\t"                                                             \
    scale("%[even]")                                                                                            \
    scale("%[a]")                                                                                               \
    "str   %[even], [%[pairs]], #4\n\t"                                                                         \
    widen " %[even], %[b]\n\t"                                                                                  \
    widen " %[b], %[b], ror #8\n\t"                                                                             \
    "smlad %[total1], %[even], %[ones], %[total1]\n\t"                                                          \
    "smlad %[total1], %[b], %[ones], %[total1]\n\t"                                                             \
    scale("%[even]")                                                                                            \
    scale("%[b]")                                                                                               \
    "str   %[even], [%[pairs]], #4\n\t"                                                                         \
    "strd  %[a], %[b], [%[pairs]], #8\n\t"

#define MCX_DEFINE_WIDEN(name, variant, input_t, widen, scale)                                                  \
    static inline void mcx_##name##_##variant(const input_t *x, uint32_t next, uint32_t n, uint32_t left,       \
                                              uint32_t *pairs, int32_t *totals)                                 \
    {                                                                                                           \
        const input_t *other = x + next;                                                                        \
        input_t tail[16];                                                                                       \
        int32_t total0 = 0, total1 = 0;                                                                         \
        uint32_t a, b, even;                                                                                    \
        while (n > 0u) {                                                                                        \
            if (n < 8u) {                                                                                       \
                mcx_tail_##variant(x, n, tail, 8u);                                                             \
                mcx_tail_##variant(other, n, tail + 8, 8u);                                                     \
                x = tail;                                                                                       \
                other = tail + 8;                                                                               \
                n = 8u;                                                                                         \
            }                                                                                                   \
            const input_t *const end = x + (n & ~7u);                                                           \
            __asm__ volatile("1:\n\t" MCX_WIDEN_FOUR(widen, scale) MCX_WIDEN_FOUR(widen, scale)                 \
                             "cmp   %[x], %[end]\n\t"                                                           \
                             "bne   1b"                                                                         \
                             : [x] "+&r"(x), [other] "+&r"(other), [pairs] "+&r"(pairs),                        \
                               [total0] "+&r"(total0), [total1] "+&r"(total1), [a] "=&r"(a), [b] "=&r"(b),      \
                               [even] "=&r"(even)                                                               \
                             : [ones] "r"(0x00010001u), [end] "r"(end), [left] "r"(left)                        \
                             : "cc", "memory");                                                                 \
            n &= 7u;                                                                                            \
        }                                                                                                       \
        totals[0] = total0;                                                                                     \
        totals[1] = total1;                                                                                     \
    }

MCX_DEFINE_WIDEN(widen, u7, int8_t, "uxtb16", MCX_WIDEN_ONCE)
MCX_DEFINE_WIDEN(widen, u8, uint8_t, "uxtb16", MCX_WIDEN_ONCE)
MCX_DEFINE_WIDEN(widen, s8, int8_t, "sxtb16", MCX_WIDEN_ONCE)
MCX_DEFINE_WIDEN(widen_scaled, u7, int8_t, "uxtb16", MCX_WIDEN_SCALED)
MCX_DEFINE_WIDEN(widen_scaled, u8, uint8_t, "uxtb16", MCX_WIDEN_SCALED)

/* The next pair of each pixel. */
#define MCX_PIXELS_PAIRS               \
    "ldr    %[a], [%[pairs]], #4\n\t" \
    "ldr    %[b], [%[pairs]], #4\n\t"

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
    uint32_t raw0 = begin[0], raw1 = begin[1], raw2 = begin[2], raw3 = begin[3];                                \
    uint32_t raw4 = begin[4], raw5 = begin[5], raw6 = begin[6], raw7 = begin[7];                                \
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

/* Where the sums are made and where they are used must be one function, or they would go through memory. */
#define MCX_PIXELS_INLINE __attribute__((always_inline)) static inline

/* What the raw sums begin with.  starts: of four outputs, for a total of 1; more: of each, whatever the total. */
MCX_PIXELS_INLINE void mcx_pixels_bytes_begin(const int32_t *totals, const int32_t *starts, int32_t more,
                                              uint32_t *begin)
{
    const uint32_t low = (uint32_t)more, both = low + (low << 8);
    const uint32_t first = (uint32_t)starts[0], third = (uint32_t)starts[2];
    const uint32_t second = first + ((uint32_t)starts[1] << 8), fourth = third + ((uint32_t)starts[3] << 8);
    for (uint32_t p = 0u; p < 2u; p++, begin += 4) {
        const uint32_t total = (uint32_t)totals[p];
        begin[0] = first * total + low;
        begin[1] = second * total + both;
        begin[2] = third * total + low;
        begin[3] = fourth * total + both;
    }
}

MCX_PIXELS_INLINE void mcx_pixels_nibbles_begin(const int32_t *totals, const int32_t *starts, int32_t more,
                                                uint32_t *begin)
{
    const uint32_t one = (uint32_t)more, two = one + (one << 4), three = two + (one << 8), all = three + (one << 12);
    const uint32_t first = (uint32_t)starts[0], second = first + ((uint32_t)starts[1] << 4);
    const uint32_t third = second + ((uint32_t)starts[2] << 8), fourth = third + ((uint32_t)starts[3] << 12);
    for (uint32_t p = 0u; p < 2u; p++, begin += 4) {
        const uint32_t total = (uint32_t)totals[p];
        begin[0] = first * total + one;
        begin[1] = second * total + two;
        begin[2] = third * total + three;
        begin[3] = fourth * total + all;
    }
}

MCX_PIXELS_INLINE void mcx_pixels_bytes(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                    const uint32_t *begin, int32_t *sums)
{
    MCX_PIXELS_LOOP(MCX_PIXELS_BYTES_PAIR);
    sums[0] = (int32_t)raw0;
    sums[1] = (int32_t)(raw1 - raw0) >> 8;
    sums[2] = (int32_t)raw2;
    sums[3] = (int32_t)(raw3 - raw2) >> 8;
    sums[4] = (int32_t)raw4;
    sums[5] = (int32_t)(raw5 - raw4) >> 8;
    sums[6] = (int32_t)raw6;
    sums[7] = (int32_t)(raw7 - raw6) >> 8;
}

MCX_PIXELS_INLINE void mcx_pixels_nibbles(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                      const uint32_t *begin, int32_t *sums)
{
    MCX_PIXELS_LOOP(MCX_PIXELS_NIBBLES_PAIR);
    sums[0] = (int32_t)raw0;
    sums[1] = (int32_t)(raw1 - raw0) >> 4;
    sums[2] = (int32_t)(raw2 - raw1) >> 8;
    sums[3] = (int32_t)(raw3 - raw2) >> 12;
    sums[4] = (int32_t)raw4;
    sums[5] = (int32_t)(raw5 - raw4) >> 4;
    sums[6] = (int32_t)(raw6 - raw5) >> 8;
    sums[7] = (int32_t)(raw7 - raw6) >> 12;
}

#endif
#endif
