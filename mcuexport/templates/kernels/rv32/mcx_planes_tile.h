/* The tables of mcx_planes.h and their use; the definition is lut/mcx_planes_tile.h.
 *
 * For RV32.  Two neighbouring sums lie in one word and are made with one addition.
 *
 * Budget: 39 cycles for a plane of an output, 32 products; 9 for each output; about 700 for filling the tables
 * (1,800 where inputs may be negative).
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PLANES_TILE_H
#define MCX_PLANES_TILE_H

#include <stdint.h>

/* The six tables, 16, 16, 32, 16, 16 and 32 words, one behind the other; of two sums the first lowest. */
typedef struct {
    uint32_t words[128];
} mcx_planes_table_t;

/* x in both halves, as the number 65537 * x: a negative low half borrows from the high one. */
static inline uint32_t mcx_planes_both(int32_t x)
{
    return (uint32_t)x + ((uint32_t)x << 16);
}

/* words[n ..] = words[0 .. n - 1] + both, n a multiple of four. */
static inline void mcx_planes_extend(uint32_t *words, uint32_t n, uint32_t both)
{
    for (uint32_t *const end = words + n; words != end; words += 4) {
        const uint32_t a = words[0], b = words[1], c = words[2], d = words[3];
        words[n] = a + both;
        words[n + 1u] = b + both;
        words[n + 2u] = c + both;
        words[n + 3u] = d + both;
    }
}

/* The sums of the subsets of the first five inputs of x. */
#define MCX_DEFINE_PLANES_FILL(variant, input_t, negative)                                    \
    static inline void mcx_planes_fill5_##variant(uint32_t *words, const input_t *x)          \
    {                                                                                         \
        const uint32_t first = (uint32_t)(int32_t)x[0] << 16;                                 \
        const uint32_t second = first + mcx_planes_both(x[1]);                                \
        const uint32_t both = mcx_planes_both(x[2]);                                          \
        words[0] = first;                                                                     \
        words[1] = second;                                                                    \
        words[2] = first + both;                                                              \
        words[3] = second + both;                                                             \
        mcx_planes_extend(words, 4u, mcx_planes_both(x[3]));                                  \
        mcx_planes_extend(words, 8u, mcx_planes_both(x[4]));                                  \
    }                                                                                         \
                                                                                              \
    static inline void mcx_planes_fill_##variant(mcx_planes_table_t *table, const input_t *x) \
    {                                                                                         \
        uint32_t *words = table->words;                                                       \
        for (uint32_t half = 0u; half < 2u; half++, words += 64, x += 16) {                   \
            mcx_planes_fill5_##variant(words, x);                                             \
            mcx_planes_fill5_##variant(words + 16, x + 5);                                    \
            mcx_planes_fill5_##variant(words + 32, x + 10);                                   \
            mcx_planes_extend(words + 32, 16u, mcx_planes_both(x[15]));                       \
        }                                                                                     \
        for (uint32_t i = 0u; (negative) && i < 128u; i++) {                                  \
            table->words[i] += (table->words[i] & 0x8000u) << 1;                              \
        }                                                                                     \
    }

MCX_DEFINE_PLANES_FILL(u7, int8_t, 0)
MCX_DEFINE_PLANES_FILL(u8, uint8_t, 0)
MCX_DEFINE_PLANES_FILL(s8, int8_t, 1)

/* The sum for some bits of %[word], times two (a sum's size), from a table that lies at `table`. */
#define MCX_PLANES_INDEX(turn, mask, table, to) \
    turn "\n\t"                                 \
    "andi  %[t], %[t], " mask "\n\t"            \
    "add   %[t], %[t], %[table]\n\t"            \
    "lh    " to ", " table "(%[t])\n\t"

#define MCX_PLANES_ADD(turn, mask, table)                               \
    MCX_PLANES_INDEX("srli  %[t], %[word], " turn, mask, table, "%[t]") \
    "add   %[sum], %[sum], %[t]\n\t"

#define MCX_PLANES_OTHERS               \
    MCX_PLANES_ADD("4", "0x3E", "64")   \
    MCX_PLANES_ADD("9", "0x7E", "128")  \
    MCX_PLANES_ADD("15", "0x3E", "256") \
    MCX_PLANES_ADD("20", "0x3E", "320") \
    MCX_PLANES_ADD("25", "0x7E", "384")

#define MCX_PLANES_FIRST                                              \
    "lw    %[word], 0(%[words])\n\t"                                  \
    MCX_PLANES_INDEX("slli  %[t], %[word], 1", "0x3E", "0", "%[sum]") \
    MCX_PLANES_OTHERS

#define MCX_PLANES_NEXT(at)                                         \
    "lw    %[word], " at "(%[words])\n\t"                           \
    "slli  %[sum], %[sum], 1\n\t"                                   \
    MCX_PLANES_INDEX("slli  %[t], %[word], 1", "0x3E", "0", "%[t]") \
    "add   %[sum], %[sum], %[t]\n\t"                                \
    MCX_PLANES_OTHERS

#define MCX_PLANES1 MCX_PLANES_FIRST "addi  %[words], %[words], 4\n\t"
#define MCX_PLANES2 MCX_PLANES_FIRST MCX_PLANES_NEXT("4") "addi  %[words], %[words], 8\n\t"
#define MCX_PLANES4                                                                  \
    MCX_PLANES_FIRST MCX_PLANES_NEXT("4") MCX_PLANES_NEXT("8") MCX_PLANES_NEXT("12") \
    "addi  %[words], %[words], 16\n\t"
#define MCX_PLANES8                                                                         \
    MCX_PLANES_FIRST MCX_PLANES_NEXT("4") MCX_PLANES_NEXT("8") MCX_PLANES_NEXT("12")        \
    MCX_PLANES_NEXT("16") MCX_PLANES_NEXT("20") MCX_PLANES_NEXT("24") MCX_PLANES_NEXT("28") \
    "addi  %[words], %[words], 32\n\t"

/* 1: an output. */
#define MCX_DEFINE_PLANES_LOOK_UP(planes)                                                                   \
    static inline void mcx_planes##planes##_look_up(const uint32_t *words, const mcx_planes_table_t *table, \
                                                    int32_t *acc, uint32_t outputs)                         \
    {                                                                                                       \
        uint32_t word, sum, t;                                                                              \
        __asm__ volatile("1:\n\t"                                                                           \
                         MCX_PLANES##planes                                                                 \
                         "lw    %[t], 0(%[acc])\n\t"                                                        \
                         "add   %[t], %[t], %[sum]\n\t"                                                     \
                         "sw    %[t], 0(%[acc])\n\t"                                                        \
                         "addi  %[acc], %[acc], 4\n\t"                                                      \
                         "bne   %[acc], %[end], 1b"                                                         \
                         : [words] "+r"(words), [acc] "+r"(acc), [word] "=&r"(word), [sum] "=&r"(sum),      \
                           [t] "=&r"(t)                                                                     \
                         : [table] "r"(table), [end] "r"(acc + outputs)                                     \
                         : "memory");                                                                       \
    }

MCX_DEFINE_PLANES_LOOK_UP(1)
MCX_DEFINE_PLANES_LOOK_UP(2)
MCX_DEFINE_PLANES_LOOK_UP(4)
MCX_DEFINE_PLANES_LOOK_UP(8)

#endif
