/* Whole blocks of four outputs of int8 weights as mcx_pixels_parts_plain.h says, pair after pair; it is the definition.
 *
 * For cores with SMLAD.  As in mcx_pixels_fours.h, but inputs are widened times a power of two, after which a product
 * of 48 bits without its lowest 16 is in 128ths of a step: so a result takes SMLAW and a saturation that shifts.  What
 * the first shift drops is cleared instead, and odd outputs stay 256 times as large to the end.
 *
 * r0 .. r3 hold the sums of the first pixel, r4 .. r7 those of the second, r8 and r9 walk through words and pairs,
 * and what else a block needs lies behind the pairs, where r9 ends.  The loop makes four groups a turn, and is entered
 * where as many are left as the first turn needs.
 *
 * Bound: as in mcx_pixels_block.h; and the exporter has checked that inputs are widened to less than 2^15, and that 2^8
 * times both what is multiplied and its product fit.
 * Budget: 60 cycles for the 64 products of a group; 6 for the loop, once in four groups; 76 for the eight results of
 * a block.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_PARTS_H
#define MCX_PIXELS_PARTS_H

#if defined(__clang__) || !defined(__OPTIMIZE__)
#include "mcx_pixels_parts_plain.h"
#else

/* What waits, with offsets behind the pairs as the instructions below have them.  begin: the first sum, and the second,
 * of each pixel; the next two are the same.  lost: the bits that the first shift drops, 0 if there is none.  apart, stop:
 * as in mcx_pixels_fours.h.  start: of pairs.  entry: into the loop, in bytes. */
struct mcx_pixels_parts {
    uint32_t pairs[MCX_PIXELS_INPUTS];
    uint32_t begin[4];
    uint32_t lost;                 /* 16 */
    const int32_t *scaling, *stop; /* 20, 24 */
    int8_t *y;                     /* 28 */
    uint32_t apart;                /* 32 */
    const uint32_t *start;         /* 36 */
    uint32_t entry;                /* 40 */
    const uint32_t *words;         /* 44 */
};

/* An even output and the odd one behind it, of both pixels; two multipliers are in one word. */
#define MCX_PIXELS_SCALE_TWO(even, odd, other_even, other_odd)                                                  \
    "ldm    r11!, {r10, r12, lr}\n\t"                                                                           \
    "smlawb " even ", " even ", r10, r12\n\t"                                                                   \
    "smlawb " other_even ", " other_even ", r10, r12\n\t"                                                       \
    "smlawt " odd ", " odd ", r10, lr\n\t"                                                                      \
    "smlawt " other_odd ", " other_odd ", r10, lr\n\t"

#define MCX_PIXELS_EVEN_TO_7_BITS(sum) "usat   " sum ", #7, " sum ", asr #7\n\t"
#define MCX_PIXELS_EVEN_TO_8_BITS(sum) "ssat   " sum ", #8, " sum ", asr #7\n\t"
#define MCX_PIXELS_ODD_TO_7_BITS(sum) "usat   " sum ", #7, " sum ", asr #15\n\t"
#define MCX_PIXELS_ODD_TO_8_BITS(sum) "ssat   " sum ", #8, " sum ", asr #15\n\t"

/* Of the loop, for the products of a group. */
#define MCX_PIXELS_GROUP_BYTES 224u

#define MCX_PIXELS_PARTS(even, odd, store)                                                                      \
    __asm__ volatile("push   {r7, r9}\n\t"                                                                      \
                     "mov    r9, %[block]\n\t"                                                                  \
                     "ldr    r8, [r9, #40]\n\t"                                                                 \
                     "adr    r10, 2f\n\t"                                                                       \
                     "add    r10, r10, r8\n\t"                                                                  \
                     "push   {r9, r10}\n\t"                                                                     \
                     "ldr    r8, [r9, #44]\n"                                                                   \
                     "1:\n\t"                                                                                   \
                     "ldm    r9, {r0, r1, r4, r5}\n\t"                                                          \
                     "ldr    r10, [sp, #4]\n\t"                                                                 \
                     "ldr    r9, [r9, #36]\n\t"                                                                 \
                     "mov    r2, r0\n\t"                                                                        \
                     "mov    r3, r1\n\t"                                                                        \
                     "mov    r6, r4\n\t"                                                                        \
                     "mov    r7, r5\n\t"                                                                        \
                     "bx     r10\n\t"                                                                           \
                     ".balign 4\n"                                                                              \
                     "2:\n\t"                                                                                   \
                     MCX_FOUR(MCX_FOUR(MCX_PIXELS_bytes_step))                                                  \
                     "ldr    r10, [sp]\n\t"                                                                     \
                     "cmp    r9, r10\n\t"                                                                       \
                     "bne    2b\n\t"                                                                            \
                     "ldr    r10, [r9, #16]\n\t"                                                                \
                     "ldr    r11, [r9, #20]\n\t"                                                                \
                     "sub    r1, r1, r0\n\t"                                                                    \
                     "sub    r3, r3, r2\n\t"                                                                    \
                     "sub    r5, r5, r4\n\t"                                                                    \
                     "sub    r7, r7, r6\n\t"                                                                    \
                     "cmp    r10, #0\n\t"                                                                       \
                     "beq    3f\n\t"                                                                            \
                     "bic    r0, r0, r10\n\t"                                                                   \
                     "bic    r1, r1, r10, lsl #8\n\t"                                                           \
                     "bic    r2, r2, r10\n\t"                                                                   \
                     "bic    r3, r3, r10, lsl #8\n\t"                                                           \
                     "bic    r4, r4, r10\n\t"                                                                   \
                     "bic    r5, r5, r10, lsl #8\n\t"                                                           \
                     "bic    r6, r6, r10\n\t"                                                                   \
                     "bic    r7, r7, r10, lsl #8\n"                                                             \
                     "3:\n\t"                                                                                   \
                     MCX_PIXELS_SCALE_TWO("r0", "r1", "r4", "r5")                                               \
                     MCX_PIXELS_SCALE_TWO("r2", "r3", "r6", "r7")                                               \
                     "ldr    r10, [r9, #24]\n\t"                                                                \
                     "ldr    r12, [r9, #32]\n\t"                                                                \
                     "cmp    r11, r10\n\t" /* The flags stay as they are to the end. */                         \
                     "str    r11, [r9, #20]\n\t"                                                                \
                     "ldr    r11, [r9, #28]\n\t"                                                                \
                     even("r0") odd("r1") even("r2") odd("r3")                                                  \
                     even("r4") odd("r5") even("r6") odd("r7")                                                  \
                     store                                                                                      \
                     "str    r11, [r9, #28]\n\t"                                                                \
                     "bne    1b\n\t"                                                                            \
                     "add    sp, sp, #8\n\t"                                                                    \
                     "pop    {r7, r9}"                                                                          \
                     : [block] "+r"(at)                                                                         \
                     :                                                                                          \
                     : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r10", "r11", "r12", "lr", "cc", "memory")

#define MCX_PIXELS_PARTS_STORED(store)                                                                          \
    if (lo == 0) {                                                                                              \
        MCX_PIXELS_PARTS(MCX_PIXELS_EVEN_TO_7_BITS, MCX_PIXELS_ODD_TO_7_BITS, store);                           \
    } else {                                                                                                    \
        MCX_PIXELS_PARTS(MCX_PIXELS_EVEN_TO_8_BITS, MCX_PIXELS_ODD_TO_8_BITS, store);                           \
    }

/* first: what brings even outputs back to levels, for a total of 1; odd: the same of odd ones. */
#define MCX_DEFINE_PIXELS_PARTS(format, variant, input_t, first, odd)                                           \
    static inline void mcx_pixels_##format##_parts_##variant(                                                   \
        const uint32_t *weights, const input_t *x, uint32_t next, uint32_t inputs, const int32_t *scaling,      \
        uint32_t pre_shift, uint32_t shift, int32_t lo, int8_t *y, uint32_t behind, uint32_t beside,            \
        uint32_t outputs, uint32_t count)                                                                       \
    {                                                                                                           \
        const uint32_t left = 16u - shift - pre_shift, half = 1u << pre_shift >> 1;                             \
        const uint32_t groups = (inputs + 7u) / 8u;                                                             \
        int32_t totals[2];                                                                                      \
        struct mcx_pixels_parts block;                                                                          \
        uint32_t *const pairs = block.begin - 8u * groups;                                                      \
        block.lost = pre_shift == 0u ? 0u : (1u << (16u - shift)) - 1u;                                         \
        block.start = pairs;                                                                                    \
        block.entry = (0u - groups) % 4u * MCX_PIXELS_GROUP_BYTES + 1u;                                         \
        block.words = weights;                                                                                  \
        block.y = y;                                                                                            \
        block.apart = beside == 1u ? behind : beside;                                                           \
        block.stop = scaling + outputs / 2u * 3u;                                                               \
        for (; count > 0u; count--, x += 2u * next) {                                                           \
            mcx_widen_scaled_##variant(x, next, inputs, left, pairs, totals);                                   \
            for (uint32_t p = 0u; p < 2u; p++) {                                                                \
                const uint32_t total = (uint32_t)totals[p] << left, rest = half << left;                        \
                block.begin[2u * p] = (uint32_t)(first) * total + rest;                                         \
                block.begin[2u * p + 1u] = block.begin[2u * p] + (((uint32_t)(odd) * total + rest) << 8);       \
            }                                                                                                   \
            block.scaling = scaling;                                                                            \
            register uint32_t *at __asm__("r0") = block.begin;                                                  \
            if (beside == 1u) {                                                                                 \
                MCX_PIXELS_PARTS_STORED(MCX_PIXELS_STORE)                                                       \
            } else {                                                                                            \
                MCX_PIXELS_PARTS_STORED(MCX_PIXELS_STORE_PLANAR)                                                \
            }                                                                                                   \
            block.y += (int32_t)(2u * behind - outputs * beside);                                               \
        }                                                                                                       \
    }

#endif
#endif
