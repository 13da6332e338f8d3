/* Whole blocks of four outputs of mcx_pixels.h, pair after pair; mcx_pixels_fours_plain.h is the definition.
 *
 * For cores with SMLAD.  Words are multiplied as in mcx_pixels_block.h.  A block is one piece, since every register is
 * taken, and between pieces the compiler would keep sums in memory: r0 .. r3 hold the sums of the first pixel, r4 .. r7
 * those of the second, r8 and r9 walk through words and pairs, and what else a block needs waits in memory.  A compiler
 * may keep r7 and r9 to itself, so they are saved by hand.  clang, and gcc that does not optimize, get plain C, since
 * mcx_pixels_block.h widens inputs so for them.
 *
 * The sums begin with what brings codes back to levels, and with the half that makes the first shift round half up.
 * Nibbles count twice, as their level is 2 * code - 15, half of which is no integer.
 *
 * Bound: as in mcx_pixels_block.h.
 * Budget: 60 cycles for the 64 products of a group of bytes, 56 for nibbles; 6 for the loop, once in two groups; 90
 * for the eight results of a block, 3 more if those of two pixels are stored side by side.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_FOURS_H
#define MCX_PIXELS_FOURS_H

#if defined(__clang__) || !defined(__OPTIMIZE__)
#include "mcx_pixels_fours_plain.h"
#else

/* What waits, with offsets as the instructions below have them.  rest: what twice a sum of nibbles lacks.  apart: how
 * far the second pixel's outputs lie from the first one's; or, if they lie side by side, the next two from the last.
 * stop: where multipliers end.  end: of pairs.  is_odd: an odd number of groups. */
struct mcx_pixels_block {
    uint32_t begin[8];
    uint32_t pre_shift;          /* 32 */
    const int16_t *multiplier;   /* 36 */
    const int32_t *offset;       /* 40 */
    uint32_t right;              /* 44 */
    int8_t *y;                   /* 48 */
    uint32_t apart;              /* 52 */
    const int16_t *stop;         /* 56 */
    const uint32_t *pairs;       /* 60 */
    uint32_t rest[2];            /* 64, 68 */
    const uint32_t *words, *end; /* 72, 76 */
    uint32_t is_odd;             /* 80 */
};

/* From raw sums to shifted ones; the first shift is in r10, the block's address in r9. */
#define MCX_PIXELS_bytes_shift  \
    "sub    r1, r1, r0\n\t"     \
    "sub    r3, r3, r2\n\t"     \
    "sub    r5, r5, r4\n\t"     \
    "sub    r7, r7, r6\n\t"     \
    "asr    r0, r0, r10\n\t"    \
    "asr    r2, r2, r10\n\t"    \
    "asr    r4, r4, r10\n\t"    \
    "asr    r6, r6, r10\n\t"    \
    "add    r10, r10, #8\n\t"   \
    "asr    r1, r1, r10\n\t"    \
    "asr    r3, r3, r10\n\t"    \
    "asr    r5, r5, r10\n\t"    \
    "asr    r7, r7, r10\n\t"

#define MCX_PIXELS_nibbles_shift      \
    "sub    r3, r3, r2\n\t"           \
    "sub    r2, r2, r1\n\t"           \
    "sub    r1, r1, r0\n\t"           \
    "sub    r7, r7, r6\n\t"           \
    "sub    r6, r6, r5\n\t"           \
    "sub    r5, r5, r4\n\t"           \
    "ldr    lr, [r9, #64]\n\t"        \
    "add    r0, lr, r0, lsl #1\n\t"   \
    "ldr    lr, [r9, #68]\n\t"        \
    "add    r4, lr, r4, lsl #1\n\t"   \
    "asr    r0, r0, r10\n\t"          \
    "asr    r4, r4, r10\n\t"          \
    "add    r10, r10, #3\n\t"         \
    "asr    r1, r1, r10\n\t"          \
    "asr    r5, r5, r10\n\t"          \
    "add    r10, r10, #4\n\t"         \
    "asr    r2, r2, r10\n\t"          \
    "asr    r6, r6, r10\n\t"          \
    "add    r10, r10, #4\n\t"         \
    "asr    r3, r3, r10\n\t"          \
    "asr    r7, r7, r10\n\t"

/* An output of both pixels times its multiplier, and its offset. */
#define MCX_PIXELS_SCALE(first, second)                    \
    "ldrsh  r10, [r11], #2\n\t"                            \
    "ldr    lr, [r12], #4\n\t"                             \
    "mla    " first ", " first ", r10, lr\n\t"             \
    "mla    " second ", " second ", r10, lr\n\t"

#define MCX_PIXELS_CLAMP(saturate, sum)      \
    "asr    " sum ", " sum ", r10\n\t"       \
    saturate(sum)

#define MCX_PIXELS_TO_7_BITS(sum) "usat   " sum ", #7, " sum "\n\t"
#define MCX_PIXELS_TO_8_BITS(sum) "ssat   " sum ", #8, " sum "\n\t"

/* The results of both pixels to where r11 points, r12 further those of the second. */
#define MCX_PIXELS_STORE         \
    "add    r12, r12, r11\n\t"   \
    "strb   r0, [r11], #1\n\t"   \
    "strb   r1, [r11], #1\n\t"   \
    "strb   r2, [r11], #1\n\t"   \
    "strb   r3, [r11], #1\n\t"   \
    "strb   r4, [r12], #1\n\t"   \
    "strb   r5, [r12], #1\n\t"   \
    "strb   r6, [r12], #1\n\t"   \
    "strb   r7, [r12], #1\n\t"

/* Those of both pixels side by side to where r11 points, r12 further from output to output. */
#define MCX_PIXELS_STORE_TWO(first, second)        \
    "bfi    " first ", " second ", #8, #8\n\t"     \
    "strh   " first ", [r11]\n\t"                  \
    "add    r11, r11, r12\n\t"
#define MCX_PIXELS_STORE_PLANAR                                           \
    MCX_PIXELS_STORE_TWO("r0", "r4") MCX_PIXELS_STORE_TWO("r1", "r5")     \
    MCX_PIXELS_STORE_TWO("r2", "r6") MCX_PIXELS_STORE_TWO("r3", "r7")

/* All products of a block: two groups a turn, or one where their number is odd. */
#define MCX_PIXELS_GROUPS(step)                                                                                 \
    "ldr    r10, [r9, #80]\n\t"                                                                                 \
    "ldr    r9, [r9, #60]\n\t"                                                                                  \
    "cmp    r10, #0\n\t"                                                                                        \
    "bne    3f\n"                                                                                               \
    "2:\n\t" MCX_FOUR(step)                                                                                    \
    "3:\n\t" MCX_FOUR(step)                                                                                    \
    "ldr    r10, [sp]\n\t"                                                                                      \
    "cmp    r9, r10\n\t"                                                                                        \
    "bne    2b\n\t"

#define MCX_PIXELS_FOURS(products, shift, saturate, store)                                                      \
    __asm__ volatile("push   {r7, r9}\n\t"                                                                      \
                     "mov    r9, %[block]\n\t"                                                                  \
                     "ldr    r8, [r9, #76]\n\t"                                                                 \
                     "push   {r8, r9}\n\t"                                                                      \
                     "ldr    r8, [r9, #72]\n"                                                                   \
                     "1:\n\t"                                                                                   \
                     "ldm    r9, {r0-r7}\n\t" products                                                          \
                     "ldr    r9, [sp, #4]\n\t"                                                                  \
                     "ldr    r10, [r9, #32]\n\t"                                                                \
                     "ldr    r11, [r9, #36]\n\t"                                                                \
                     "ldr    r12, [r9, #40]\n\t" shift                                                          \
                     MCX_PIXELS_SCALE("r0", "r4") MCX_PIXELS_SCALE("r1", "r5")                                  \
                     MCX_PIXELS_SCALE("r2", "r6") MCX_PIXELS_SCALE("r3", "r7")                                  \
                     "ldr    lr, [r9, #56]\n\t"                                                                 \
                     "ldr    r10, [r9, #44]\n\t"                                                                \
                     "cmp    r11, lr\n\t" /* The flags stay as they are to the end. */                          \
                     "str    r11, [r9, #36]\n\t"                                                                \
                     "str    r12, [r9, #40]\n\t"                                                                \
                     "ldr    r11, [r9, #48]\n\t"                                                                \
                     "ldr    r12, [r9, #52]\n\t"                                                                \
                     MCX_PIXELS_CLAMP(saturate, "r0") MCX_PIXELS_CLAMP(saturate, "r1")                          \
                     MCX_PIXELS_CLAMP(saturate, "r2") MCX_PIXELS_CLAMP(saturate, "r3")                          \
                     MCX_PIXELS_CLAMP(saturate, "r4") MCX_PIXELS_CLAMP(saturate, "r5")                          \
                     MCX_PIXELS_CLAMP(saturate, "r6") MCX_PIXELS_CLAMP(saturate, "r7")                          \
                     store                                                                                      \
                     "str    r11, [r9, #48]\n\t"                                                                \
                     "bne    1b\n\t"                                                                            \
                     "add    sp, sp, #8\n\t"                                                                    \
                     "pop    {r7, r9}"                                                                          \
                     : [block] "+r"(at)                                                                         \
                     :                                                                                          \
                     : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r10", "r11", "r12", "lr", "cc", "memory")

/* What the sums of one pixel begin with, raw as they are. */
static inline void mcx_pixels_bytes_start(uint32_t *begin, uint32_t total, uint32_t half, const int32_t *starts)
{
    begin[0] = (uint32_t)starts[0] * total + half;
    begin[1] = begin[0] + (((uint32_t)starts[1] * total + half) << 8);
    begin[2] = (uint32_t)starts[2] * total + half;
    begin[3] = begin[2] + (((uint32_t)starts[3] * total + half) << 8);
}

/* half: to be added to twice a sum; the first sum gets it when it is taken twice. */
static inline void mcx_pixels_nibbles_start(uint32_t *begin, uint32_t total, uint32_t half, const int32_t *starts)
{
    begin[0] = (uint32_t)starts[0] * total;
    begin[1] = begin[0] + ((uint32_t)starts[1] * total << 4) + (half << 3);
    begin[2] = begin[1] + ((uint32_t)starts[2] * total << 8) + (half << 7);
    begin[3] = begin[2] + ((uint32_t)starts[3] * total << 12) + (half << 11);
}

/* How often a sum is counted, as a power of two. */
#define MCX_PIXELS_bytes_TWICE 0u
#define MCX_PIXELS_nibbles_TWICE 1u

#define MCX_PIXELS_FOURS_STORED(kind, loop, store)                                                              \
    if (lo == 0) {                                                                                              \
        MCX_PIXELS_FOURS(loop(MCX_PIXELS_##kind##_step), MCX_PIXELS_##kind##_shift, MCX_PIXELS_TO_7_BITS, store);\
    } else {                                                                                                    \
        MCX_PIXELS_FOURS(loop(MCX_PIXELS_##kind##_step), MCX_PIXELS_##kind##_shift, MCX_PIXELS_TO_8_BITS, store);\
    }

/* What a block needs that is the same for all pairs of pixels. */
#define MCX_PIXELS_FOURS_READY(kind, inputs, shift)                             \
    struct mcx_pixels_block block;                                              \
    block.pre_shift = pre_shift + MCX_PIXELS_##kind##_TWICE - (shift);          \
    block.right = right;                                                        \
    block.pairs = pairs;                                                        \
    block.words = weights;                                                      \
    block.end = pairs + (inputs);                                               \
    block.y = y;                                                                \
    block.apart = beside == 1u ? behind : beside;                               \
    block.stop = multiplier + outputs;

/* All blocks of a pair of pixels. */
#define MCX_PIXELS_FOURS_PAIR(kind, loop, shift)                                                    \
    for (uint32_t p = 0u; p < 2u; p++) {                                                            \
        const uint32_t total = (uint32_t)totals[p];                                                 \
        block.rest[p] = (1u << block.pre_shift >> 1) + ((shift) == 0u ? 0u : total);                \
        mcx_pixels_##kind##_start(block.begin + 4u * p, total, block.rest[p], starts);              \
    }                                                                                               \
    block.multiplier = multiplier;                                                                  \
    block.offset = offset;                                                                          \
    register struct mcx_pixels_block *at __asm__("r0") = &block;                                    \
    if (beside == 1u) {                                                                             \
        MCX_PIXELS_FOURS_STORED(kind, loop, MCX_PIXELS_STORE)                                       \
    } else {                                                                                        \
        MCX_PIXELS_FOURS_STORED(kind, loop, MCX_PIXELS_STORE_PLANAR)                                \
    }                                                                                               \
    block.y += (int32_t)(2u * behind - outputs * beside);

#define MCX_DEFINE_PIXELS_FOURS(format, variant, input_t, kind, of_group, shift, first, odd, last)              \
    static inline void mcx_pixels_##format##_fours_##variant(                                                   \
        const uint32_t *weights, const input_t *x, uint32_t next, uint32_t inputs, const int16_t *multiplier,   \
        const int32_t *offset, uint32_t pre_shift, uint32_t right, int32_t lo, int8_t *y, uint32_t behind,      \
        uint32_t beside, uint32_t outputs, uint32_t count)                                                      \
    {                                                                                                           \
        const int32_t starts[4] = {first, odd, first, last};                                                    \
        uint32_t pairs[MCX_PIXELS_INPUTS];                                                                      \
        int32_t totals[2];                                                                                      \
        MCX_PIXELS_FOURS_READY(kind, (inputs + 7u) / 8u * 8u, shift)                                            \
        block.is_odd = (inputs + 7u) / 8u % 2u;                                                                 \
        for (; count > 0u; count--, x += 2u * next) {                                                           \
            mcx_widen_##variant(x, next, inputs, 0u, pairs, totals);                                            \
            MCX_PIXELS_FOURS_PAIR(kind, MCX_PIXELS_GROUPS, shift)                                               \
        }                                                                                                       \
    }

#endif
#endif
