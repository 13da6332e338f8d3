/* A row of one channel of a depthwise convolution whose window is 3x3; generic/mcx_depthwise3x3_line.h is the definition.
 *
 * For cores with SMLAD.  The upper two values of a column and their levels share words, two products to an
 * instruction; the lower one has a word of its own, beside it two levels to a word.
 *
 *     levels    (0,0) (1,0) | (0,1) (1,1) | (0,2) (1,2) | (2,0) (2,1) | (2,2)     row, column; lanes of words
 *     a column  top   here                              | down
 *
 * Instructions are wrapped one by one, so that they stay in this order; the compiler hands out the registers.  (A
 * piece of two columns takes every one, which gcc does not give with hardware floating point or a frame pointer.)  Two
 * columns at a time: so the loop costs half.  It is always inlined: so strides, widths and distances are known, which
 * saves more cycles than a call saves code.
 *
 * Maps: planar.
 * Rows that lie channel by channel go through mcx_depthwise3x3_planar.h where widths and strides are literals, but for
 * clang and for gcc that does not optimize.
 *
 * Budget for a column: 6 cycles for the map, 1 to go on, 6 products (3 with stride 2), 1 to store, 2 for the loop.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_LINE_H
#define MCX_DEPTHWISE3X3_LINE_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_PRODUCTS(instruction)                                                                        \
    static inline int32_t mcx_##instruction(uint32_t x, uint32_t levels, int32_t sum)                           \
    {                                                                                                           \
        int32_t result;                                                                                         \
        __asm__ volatile(#instruction " %0, %1, %2, %3" : "=r"(result) : "r"(x), "r"(levels), "r"(sum));        \
        return result;                                                                                          \
    }

MCX_DEFINE_PRODUCTS(smlad)
MCX_DEFINE_PRODUCTS(smlabb)
MCX_DEFINE_PRODUCTS(smlabt)

static inline int32_t mcx_smuad(uint32_t x, uint32_t levels)
{
    int32_t result;
    __asm__ volatile("smuad %0, %1, %2" : "=r"(result) : "r"(x), "r"(levels));
    return result;
}

/* Two levels side by side. */
static inline uint32_t mcx_two_levels(int32_t low, int32_t high)
{
    uint32_t word;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(word) : "r"(low), "r"(high));
    return word;
}

/* The nine levels of a window as above, that need not be aligned. */
#define MCX_PACK_depthwise3x3_int8(levels)                                                                      \
    uint32_t more;                                                                                              \
    __asm__("ldr    %[high1], [%[nine]]\n\t"                                                                    \
            "ldr    %[low01], [%[nine], #4]\n\t"                                                                \
            "ldrsb  %[low2], [%[nine], #8]\n\t"                                                                 \
            "sxtb16 %[high0], %[high1]\n\t"                                                                     \
            "sxtb16 %[high1], %[high1], ror #8\n\t"                                                             \
            "sxtb16 %[high2], %[low01], ror #24\n\t"                                                            \
            "sxtb16 %[more], %[low01]\n\t"                                                                      \
            "sxtb16 %[low01], %[low01], ror #8\n\t"                                                             \
            "pkhtb  %[high2], %[high2], %[high0], asr #16\n\t"                                                  \
            "pkhbt  %[high0], %[high0], %[high1]\n\t"                                                           \
            "pkhbt  %[high1], %[high1], %[more], lsl #16\n\t"                                                   \
            "pkhtb  %[low01], %[low01], %[more], asr #16"                                                       \
            : [high0] "=&r"(high0), [high1] "=&r"(high1), [high2] "=&r"(high2), [low01] "=&r"(low01),           \
              [low2] "=&r"(low2), [more] "=&r"(more)                                                            \
            : [nine] "r"(levels), "m"(*(const int8_t(*)[9])(levels)))

#define MCX_PACK_depthwise3x3(levels)                                                                           \
    high0 = mcx_two_levels(levels[0], levels[3]);                                                               \
    high1 = mcx_two_levels(levels[1], levels[4]);                                                               \
    high2 = mcx_two_levels(levels[2], levels[5]);                                                               \
    low01 = mcx_two_levels(levels[6], levels[7]);                                                               \
    low2 = (uint32_t)(int32_t)levels[8]

#if defined(__clang__) || !defined(__OPTIMIZE__)
#define MCX_IS_PLANAR 0
#define MCX_PLANAR_LEVELS(name, has_top, has_down)
#define MCX_PLANAR_LINES(variant, lines, size)
#else
#include "mcx_depthwise3x3_planar.h"
#define MCX_IS_PLANAR (pixel == 1u && width >= 4u && __builtin_constant_p(width * columns * stride + left))
#endif

#define MCX_DEFINE_COLUMN_LOADS(variant, load)                                                                  \
    /* The upper two values of a column, a pixel at x and one as far above it as `up` says, as two lanes. */    \
    static inline uint32_t mcx_upper_##variant(const void *x, int32_t up)                                       \
    {                                                                                                           \
        uint32_t lanes, here;                                                                                   \
        __asm__ volatile(load " %0, [%2, %3]\n\t" load " %1, [%2]\n\tpkhbt %0, %0, %1, lsl #16"                 \
                         : "=&r"(lanes), "=&r"(here)                                                            \
                         : "r"(x), "r"(up)                                                                      \
                         : "memory");                                                                           \
        return lanes;                                                                                           \
    }                                                                                                           \
                                                                                                                \
    static inline uint32_t mcx_lower_##variant(const void *x, int32_t down)                                     \
    {                                                                                                           \
        uint32_t value;                                                                                         \
        __asm__ volatile(load " %0, [%1, %2]" : "=r"(value) : "r"(x), "r"(down) : "memory");                    \
        return value;                                                                                           \
    }

MCX_DEFINE_COLUMN_LOADS(u8, "ldrb")
MCX_DEFINE_COLUMN_LOADS(s8, "ldrsb")

/* Its values as `upper` and `lower`. */
#define MCX_NEXT_COLUMN(variant)                                                                                \
    const uint32_t upper = mcx_upper_##variant(x, up);                                                          \
    const uint32_t lower = mcx_lower_##variant(x, down);                                                        \
    x += pixel;

/* What a column gives to a result as its first, middle, last one. */
#define MCX_FIRST mcx_smlabb(lower, low01, mcx_smuad(upper, high0))
#define MCX_MIDDLE(sum) mcx_smlabt(lower, low01, mcx_smlad(upper, high1, sum))
#define MCX_LAST(sum) mcx_smlabb(lower, low2, mcx_smlad(upper, high2, sum))

/* From one result to the next, stride 1. */
#define MCX_STEP(variant)                                                                                       \
    {                                                                                                           \
        MCX_NEXT_COLUMN(variant)                                                                                \
        *acc++ = MCX_LAST(sum);                                                                                 \
        sum = MCX_MIDDLE(next);                                                                                 \
        next = MCX_FIRST;                                                                                       \
    }

#define MCX_DEFINE_DEPTHWISE3X3(name, variant, input_t, level_t)                                                \
    __attribute__((always_inline)) static inline void mcx_##name##_##variant(                                   \
        const input_t *const *rows, uint32_t width, uint32_t pixel, uint32_t channel, level_t *levels,          \
        uint32_t stride, uint32_t left, int32_t *acc, uint32_t columns)                                         \
    {                                                                                                           \
        const int has_top = rows[0] != NULL, has_down = rows[2] != NULL;                                        \
        const int32_t up = has_top ? (int32_t)(rows[0] - rows[1]) : 0;                                          \
        const int32_t down = has_down ? (int32_t)(rows[2] - rows[1]) : 0;                                       \
        const input_t *x = rows[1] + channel;                                                                   \
        if (MCX_IS_PLANAR) {                                                                                    \
            MCX_PLANAR_LEVELS(name, has_top, has_down)                                                          \
            MCX_PLANAR_LINES(variant, 1u, 0u)                                                                   \
            return;                                                                                             \
        }                                                                                                       \
        uint32_t high0, high1, high2, low01, low2;                                                              \
        MCX_PACK_##name(levels);                                                                                \
        if (!has_top) {                                                                                         \
            high0 &= 0xFFFF0000u;                                                                               \
            high1 &= 0xFFFF0000u;                                                                               \
            high2 &= 0xFFFF0000u;                                                                               \
        }                                                                                                       \
        if (!has_down) {                                                                                        \
            low01 = 0u;                                                                                         \
            low2 = 0u;                                                                                          \
        }                                                                                                       \
        const uint32_t all = (columns - 1u) * stride + 2u - left < width ? columns : columns - 1u;              \
        int32_t sum = 0, next = 0;                                                                              \
        if (left == 0u) {                                                                                       \
            MCX_NEXT_COLUMN(variant)                                                                            \
            sum = MCX_FIRST;                                                                                    \
        }                                                                                                       \
        {                                                                                                       \
            MCX_NEXT_COLUMN(variant)                                                                            \
            sum = MCX_MIDDLE(sum);                                                                              \
            next = MCX_FIRST;                                                                                   \
        }                                                                                                       \
        if (stride == 1u) {                                                                                     \
            if (all % 2u != 0u) {                                                                               \
                MCX_STEP(variant)                                                                               \
            }                                                                                                   \
            for (const int32_t *const end = acc + all / 2u * 2u; acc != end;) {                                 \
                MCX_STEP(variant)                                                                               \
                MCX_STEP(variant)                                                                               \
            }                                                                                                   \
        } else {                                                                                                \
            for (const int32_t *const end = acc + (columns - 1u); acc != end;) {                                \
                {                                                                                               \
                    MCX_NEXT_COLUMN(variant)                                                                    \
                    *acc++ = MCX_LAST(sum);                                                                     \
                    sum = MCX_FIRST;                                                                            \
                }                                                                                               \
                {                                                                                               \
                    MCX_NEXT_COLUMN(variant)                                                                    \
                    sum = MCX_MIDDLE(sum);                                                                      \
                }                                                                                               \
            }                                                                                                   \
            if (all == columns) {                                                                               \
                MCX_NEXT_COLUMN(variant)                                                                        \
                sum = MCX_LAST(sum);                                                                            \
            }                                                                                                   \
        }                                                                                                       \
        if (stride == 2u || all < columns) {                                                                    \
            *acc = sum;                                                                                         \
        }                                                                                                       \
    }

#endif
