/* The tables of mcx_dense_ternary.h and their use; the definition is lut/mcx_trits_tile.h.
 *
 * For RV32.  Two neighbouring sums lie in one word and are made with one addition.
 *
 * Budget: 6 cycles for four products and 9 for an output; about 500 for filling the tables (2,000 where inputs
 * may be negative).
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_TRITS_TILE_H
#define MCX_TRITS_TILE_H

#include <stdint.h>

/* For each four inputs nine rows, by c2 + 3 c3, of ten sums, by c0 + 3 c1; the tenth is not in use. */
typedef struct {
    uint32_t words[4][45];
} mcx_trits_table_t;

/* x in both halves, as the number 65537 * x: a negative low half borrows from the high one. */
static inline uint32_t mcx_trits_both(int32_t x)
{
    return (uint32_t)x + ((uint32_t)x << 16);
}

/* One table: a row is the one before and a further x[2], or x[3] instead of two of these. */
static inline void mcx_trits_fill(uint32_t *words, int32_t x0, int32_t x1, int32_t x2, int32_t x3)
{
    const uint32_t p = (uint32_t)x0, q = (uint32_t)x1, add2 = mcx_trits_both(x2);
    const uint32_t add3 = mcx_trits_both(x3) - add2 - add2;
    uint32_t a = p << 16, b = p + p + (q << 16), c = p + q + ((p + p + q) << 16), d = q + q + ((p + q + q) << 16);
    uint32_t e = 2u * (p + q);
    for (uint32_t *const end = words + 45; words != end;) {
        for (uint32_t left = 3u; left > 0u; left--, words += 5) {
            const uint32_t add = left == 1u ? add3 : add2;
            words[0] = a;
            words[1] = b;
            words[2] = c;
            words[3] = d;
            words[4] = e;
            a += add;
            b += add;
            c += add;
            d += add;
            e += add;
        }
    }
}

#define MCX_DEFINE_TRITS_FILL(variant, input_t, negative)                                   \
    static inline void mcx_trits_fill_##variant(mcx_trits_table_t *table, const input_t *x) \
    {                                                                                       \
        for (uint32_t k = 0u; k < 4u; k++, x += 4) {                                        \
            mcx_trits_fill(table->words[k], x[0], x[1], x[2], x[3]);                        \
            for (uint32_t i = 0u; (negative) && i < 45u; i++) {                             \
                table->words[k][i] += (table->words[k][i] & 0x8000u) << 1;                  \
            }                                                                               \
        }                                                                                   \
    }

MCX_DEFINE_TRITS_FILL(u7, int8_t, 0)
MCX_DEFINE_TRITS_FILL(u8, uint8_t, 0)
MCX_DEFINE_TRITS_FILL(s8, int8_t, 1)

#define MCX_TRITS_ADD(byte, table)       \
    "lbu   %[t], " byte "(%[words])\n\t" \
    "add   %[t], %[t], %[table]\n\t"     \
    "lh    %[t], " table "(%[t])\n\t"    \
    "add   %[sum], %[sum], %[t]\n\t"

static inline void mcx_trits_look_up(const uint32_t *words, const mcx_trits_table_t *table, int32_t *acc,
                                     uint32_t outputs)
{
    uint32_t sum, t;
    __asm__ volatile("1:\n\t"
                     "lw    %[sum], 0(%[acc])\n\t"
                     MCX_TRITS_ADD("0", "0")
                     MCX_TRITS_ADD("1", "180")
                     MCX_TRITS_ADD("2", "360")
                     MCX_TRITS_ADD("3", "540")
                     "addi  %[words], %[words], 4\n\t"
                     "sw    %[sum], 0(%[acc])\n\t"
                     "addi  %[acc], %[acc], 4\n\t"
                     "bne   %[acc], %[end], 1b"
                     : [words] "+r"(words), [acc] "+r"(acc), [sum] "=&r"(sum), [t] "=&r"(t)
                     : [table] "r"(table), [end] "r"(acc + outputs)
                     : "memory");
}

#endif
