/* Pixels of a convolution of an image as mcx_pixels_rgb_plain.h says, pair after pair; it is the definition.
 *
 * For cores with SMLAD.  Blocks are made as in mcx_pixels_fours.h, but windows within the map are read where they are:
 * their 27 inputs are 7 words, three of them made of two rows.  The half group that is all zeros is left out.  clang, and
 * gcc that does not optimize, get plain C, as there.
 *
 * Bound: as in mcx_pixels_block.h.
 * Budget: 57 cycles for a window; 222 for the 216 products of a block of both pixels, 90 for its eight results.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_RGB_H
#define MCX_PIXELS_RGB_H

#if defined(__clang__) || !defined(__OPTIMIZE__)
#include "mcx_pixels_rgb_plain.h"
#else

#include "mcx_pixels_fours.h"
#include "mcx_rgb_patches.h"

/* Four inputs of one of two pixels. */
#define MCX_RGB_WIDEN(word, pair)                                   \
    "usada8 %[total], " word ", %[zero], %[total]\n\t"              \
    "uxtb16 %[even], " word "\n\t"                                  \
    "uxtb16 " word ", " word ", ror #8\n\t"                         \
    "str    %[even], [%[pairs], #" pair " * 16]\n\t"                \
    "str    " word ", [%[pairs], #" pair " * 16 + 8]\n\t"

/* The window of which a, b and c are the rows, into every other word of `pairs`; the sum of its inputs. */
MCX_PIXELS_INLINE uint32_t mcx_rgb_widen(const uint8_t *a, const uint8_t *b, const uint8_t *c, uint32_t *pairs)
{
    uint32_t total = 0u, one, two, more, even;
    __asm__ volatile("ldr    %[one], [%[a]]\n\t"
                     "ldr    %[two], [%[a], #4]\n\t"
                     MCX_RGB_WIDEN("%[one]", "0") MCX_RGB_WIDEN("%[two]", "1")
                     "ldrb   %[one], [%[a], #8]\n\t"
                     "ldr    %[more], [%[b]]\n\t"
                     "ldr    %[two], [%[b], #3]\n\t"
                     "orr    %[one], %[one], %[more], lsl #8\n\t"
                     MCX_RGB_WIDEN("%[one]", "2") MCX_RGB_WIDEN("%[two]", "3")
                     "ldrh   %[one], [%[b], #7]\n\t"
                     "ldr    %[more], [%[c]]\n\t"
                     "ldr    %[two], [%[c], #2]\n\t"
                     "orr    %[one], %[one], %[more], lsl #16\n\t"
                     "ldr    %[more], [%[c], #5]\n\t"
                     MCX_RGB_WIDEN("%[one]", "4") MCX_RGB_WIDEN("%[two]", "5")
                     "lsr    %[more], %[more], #8\n\t"
                     MCX_RGB_WIDEN("%[more]", "6")
                     : [total] "+&r"(total), [one] "=&r"(one), [two] "=&r"(two), [more] "=&r"(more), [even] "=&r"(even)
                     : [a] "r"(a), [b] "r"(b), [c] "r"(c), [pairs] "r"(pairs), [zero] "r"(0)
                     : "memory");
    return total;
}

/* A half of the products of a block a turn; behind them, what half a group has is skipped. */
#define MCX_RGB_HALVES(step, half_group)                        \
    "ldr    r9, [r9, #60]\n"                                    \
    "2:\n\t" MCX_FOUR(step) step step step                      \
    "ldr    r10, [sp]\n\t"                                      \
    "cmp    r9, r10\n\t"                                        \
    "bne    2b\n\t"                                             \
    "add    r8, r8, #" half_group "\n\t"
#define MCX_RGB_bytes(step) MCX_RGB_HALVES(step, "16")
#define MCX_RGB_nibbles(step) MCX_RGB_HALVES(step, "8")

#define MCX_DEFINE_PIXELS_RGB(format, kind, shift, first_start, odd, last)                                      \
    static inline void mcx_pixels_##format##_rgb_u8(                                                            \
        const uint32_t *weights, const uint8_t *const *rows, int32_t first, uint32_t stride, uint32_t width,    \
        uint8_t pad, const int16_t *multiplier, const int32_t *offset, uint32_t pre_shift, uint32_t right,      \
        int32_t lo, int8_t *y, uint32_t behind, uint32_t beside, uint32_t outputs, uint32_t count)              \
    {                                                                                                           \
        const int32_t starts[4] = {first_start, odd, first_start, last};                                        \
        const int has_rows = rows[0] != NULL && rows[1] != NULL && rows[2] != NULL;                             \
        uint32_t pairs[32];                                                                                     \
        int32_t totals[2];                                                                                      \
        MCX_PIXELS_FOURS_READY(kind, 28u, shift)                                                                \
        for (; count > 0u; count--, first += 2 * (int32_t)stride) {                                             \
            if (has_rows && first >= 0 && (uint32_t)first + stride + 3u <= width) {                             \
                for (uint32_t p = 0u; p < 2u; p++) {                                                            \
                    const uint32_t from = 3u * ((uint32_t)first + p * stride);                                  \
                    totals[p] = (int32_t)mcx_rgb_widen(rows[0] + from, rows[1] + from, rows[2] + from,          \
                                                       pairs + p);                                              \
                }                                                                                               \
            } else {                                                                                            \
                uint8_t patches[64];                                                                            \
                mcx_rgb_patches(rows, first, stride, width, pad, patches);                                      \
                mcx_widen_u8(patches, 32u, 32u, 0u, pairs, totals);                                             \
            }                                                                                                   \
            MCX_PIXELS_FOURS_PAIR(kind, MCX_RGB_##kind, shift)                                                  \
        }                                                                                                       \
    }

#endif
#endif
