/* Counting in bit slices: a word holds one bit of each of 32 counts.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_SLICES_H
#define MCX_SLICES_H

#include "mcx_memory.h"

#include <stddef.h>
#include <stdint.h>

/* sum + 2 carry = sum + a + b in every bit. */
#define MCX_ADD3(carry, sum, a, b)                          \
    do {                                                    \
        const uint32_t first = (a);                         \
        const uint32_t second = (b);                        \
        const uint32_t either = (sum) ^ first;              \
        carry = ((sum) & first) | (either & second);        \
        sum = either ^ second;                              \
    } while (0)

/* sum + 2 carry = sum + carry in every bit. */
#define MCX_ADD2(carry, sum)                                \
    do {                                                    \
        const uint32_t both = (sum) & (carry);              \
        sum ^= (carry);                                     \
        carry = both;                                       \
    } while (0)

/* Bits set in some words. */
static inline uint32_t mcx_ones(const uint32_t *x, uint32_t words)
{
    uint32_t ones = 0u;
    for (uint32_t i = 0u; i < words; i++) {
        uint32_t v = x[i];
        v -= (v >> 1) & 0x55555555u;
        v = (v & 0x33333333u) + ((v >> 2) & 0x33333333u);
        v = (v + (v >> 4)) & 0x0F0F0F0Fu;
        v += v >> 16;
        ones += (v + (v >> 8)) & 0xFFu;
    }
    return ones;
}

/* The numbers of the bits set in a word, counted from `first`; returns how many there are, and may write one more.
 * Without a branch: each is written, and the next one over it if its bit is 0. */
static inline uint32_t mcx_list(uint32_t word, uint32_t first, uint16_t *numbers)
{
    const uint16_t *const begin = numbers;
    for (; word != 0u; word >>= 4, first += 4u) {
        *numbers = (uint16_t)first;
        numbers += word & 1u;
        *numbers = (uint16_t)(first + 1u);
        numbers += (word >> 1) & 1u;
        *numbers = (uint16_t)(first + 2u);
        numbers += (word >> 2) & 1u;
        *numbers = (uint16_t)(first + 3u);
        numbers += (word >> 3) & 1u;
    }
    return (uint32_t)(numbers - begin);
}

/* acc[o] += how many of the `count` words that `rows` names have bit o; outputs <= 32.  count: a multiple of 8,
 * fewer than 256. */
static inline void mcx_add_slices(MCX_CONST uint32_t *words, const uint16_t *rows, uint32_t count, int32_t *acc,
                                  uint32_t outputs)
{
    uint32_t p0 = 0u, p1 = 0u, p2 = 0u, p3 = 0u, p4 = 0u, p5 = 0u, p6 = 0u, p7 = 0u;
    for (const uint16_t *end = rows + count; rows != end; rows += 8) {
        uint32_t two, two1, four, eight;
        MCX_ADD3(two, p0, words[rows[0]], words[rows[1]]);
        MCX_ADD3(two1, p0, words[rows[2]], words[rows[3]]);
        MCX_ADD3(four, p1, two, two1);
        MCX_ADD3(two, p0, words[rows[4]], words[rows[5]]);
        MCX_ADD3(two1, p0, words[rows[6]], words[rows[7]]);
        MCX_ADD3(eight, p1, two, two1);
        MCX_ADD3(two, p2, four, eight);
        MCX_ADD2(two, p3);
        MCX_ADD2(two, p4);
        MCX_ADD2(two, p5);
        MCX_ADD2(two, p6);
        p7 ^= two;
    }
    for (uint32_t o = 0u; o < 8u; o++) { /* outputs o, o + 8, o + 16 and o + 24 in a byte each */
        const uint32_t ones = 0x01010101u;
        uint32_t counts = (p0 & ones) | (p1 & ones) << 1 | (p2 & ones) << 2 | (p3 & ones) << 3 | (p4 & ones) << 4 |
                          (p5 & ones) << 5 | (p6 & ones) << 6 | (p7 & ones) << 7;
        for (uint32_t at = o; at < outputs; at += 8u) {
            acc[at] += (int32_t)(counts & 0xFFu);
            counts >>= 8;
        }
        p0 >>= 1;
        p1 >>= 1;
        p2 >>= 1;
        p3 >>= 1;
        p4 >>= 1;
        p5 >>= 1;
        p6 >>= 1;
        p7 >>= 1;
    }
}

#endif
