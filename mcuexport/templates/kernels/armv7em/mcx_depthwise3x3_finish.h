/* Rows of one channel of a depthwise convolution whose window is 3x3, requantized at once;
 * mcx_depthwise3x3_finish_plain.h is the definition.
 *
 * For cores with SMLAD.  As mcx_depthwise3x3_planar.h, but results are finished in registers.  Those come from what is
 * the same for all rows: a window's rows are `size` apart, and where one of them would lie outside the map, the window
 * is moved into it by a row and its levels against that, with zeros for the row that is too much.  The steps that are
 * left in a row are counted in the half of a register beside level 1 of the lower row.
 *
 *     r0, r1         x in the upper row; size
 *     r2, r12        multiplier, offset
 *     r3             y
 *     r4, r5, r6     levels (0, 2) of the middle, the upper, the lower row
 *     r8, r9         level 1 of the middle and, in the upper half, the upper row; of the lower row (upper half)
 *
 * Widths, strides, the shift and distances are literals, as the generator writes them; where they are not, for clang
 * and for gcc that does not optimize, it is plain C.
 *
 * Budget: 37 cycles for two results, 26 for one with a stride of 2; 20 beside for a row.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_FINISH_H
#define MCX_DEPTHWISE3X3_FINISH_H

#include "mcx_depthwise3x3_finish_plain.h"
#include "mcx_depthwise3x3_line.h"

#define MCX_FINISH_FARTHEST 2047u /* from a result to the next: two of them are an offset of 12 bits */

#define MCX_FINISH_UNSIGNED(result) "usat   " result ", #7, " result ", asr %[shift]\n\t"
#define MCX_FINISH_SIGNED(result) "ssat   " result ", #8, " result ", asr %[shift]\n\t"

#define MCX_FINISH_ONE(saturate)                     \
    "mla    r7, r7, r2, r12\n\t" saturate("r7")      \
    "strb   r7, [r3]\n\t"                            \
    "add    r3, r3, %[next]\n\t"
#define MCX_FINISH_TWO(saturate)                     \
    "mla    r7, r7, r2, r12\n\t"                     \
    "mla    lr, lr, r2, r12\n\t"                     \
    saturate("r7") saturate("lr")                    \
    "strb   r7, [r3]\n\t"                            \
    "strb   lr, [r3, %[next]]\n\t"                   \
    "add    r3, r3, %[two]\n\t"

#define MCX_FINISH_ROWS(step, store, end, last_store, widen)                                                    \
    __asm__ volatile(MCX_PLANAR_LOOPS(step, "[r0, r1, lsl #1]", store, end, last_store, widen, "lr",            \
                                      "add    r9, r9, %[steps]\n\t", "sub    r9, r9, #1\n\t",                   \
                                      "lsls   r10, r9, #16\n\t")                                                \
                     : "+r"(at), "+r"(result), "+r"(one), "+r"(stop), "+r"(row)                                 \
                     : "r"(apart), "r"(factor), "r"(added), "r"(middle_pair), "r"(upper_pair), "r"(lower_pair), \
                       "r"(ones), MCX_PLANAR_EDGES, [steps] "i"(whole - 1u), [shift] "i"(shift),                \
                       [next] "i"(next), [two] "i"(2u * next)                                                   \
                     : "cc", "memory")

#if defined(__clang__) || !defined(__OPTIMIZE__)
#define MCX_FINISH_IS_LITERAL 0
#define MCX_FINISH_SEGMENTS(kernel, variant, input_t)
#else
#define MCX_FINISH_IS_LITERAL __builtin_constant_p(width * columns * stride + left + shift + next)
#define MCX_FINISH_SEGMENTS(kernel, variant, input_t)                                                           \
    MCX_PLANAR_SHAPE(size)                                                                                      \
    uint32_t pair0, pair1, pair2, single01, single2;                                                            \
    MCX_PLANAR_PACK_##kernel(levels);                                                                           \
    const uint32_t inside = (height + top - 3u) / stride + 1u, last = line + lines;                             \
    while (line < last) {                                                                                       \
        const int has_top = line >= top, has_down = line < inside;                                              \
        const uint32_t most = inside < last ? inside : last;                                                    \
        const uint32_t end = lines == 1u || !has_top || !has_down ? line + 1u : most;                           \
        const uint32_t upmost = !has_top ? 0u : !has_down ? height - 3u : line * stride - top;                  \
        register const input_t *at __asm__("r0") = x + upmost * size + channel;                                 \
        register uint32_t apart __asm__("r1") = size;                                                           \
        register int32_t factor __asm__("r2") = multiplier, added __asm__("r12") = offset;                      \
        register int8_t *result __asm__("r3") = y;                                                              \
        register uint32_t middle_pair __asm__("r4") = !has_top ? pair2 : !has_down ? pair0 : pair1;             \
        register uint32_t upper_pair __asm__("r5") = !has_top ? pair1 : !has_down ? 0u : pair0;                 \
        register uint32_t lower_pair __asm__("r6") = !has_top ? 0u : !has_down ? pair1 : pair2;                 \
        register uint32_t ones __asm__("r8") = !has_top    ? (single01 & 0xFFFF0000u) | single2 >> 16           \
                                               : !has_down ? single01 & 0xFFFFu                                 \
                                                           : single01 << 16 | single01 >> 16;                   \
        register uint32_t one __asm__("r10") = !has_top    ? 0u                                                 \
                                               : !has_down ? single01 & 0xFFFF0000u                             \
                                                           : single2 & 0xFFFF0000u;                             \
        y += (end - line) * columns * next;                                                                     \
        register const int8_t *stop __asm__("r11") = y;                                                         \
        register uint32_t row __asm__("lr") = further;                                                          \
        if (lo == 0) {                                                                                          \
            MCX_PLANAR_STEPS(MCX_FINISH_ROWS, variant, MCX_FINISH_ONE(MCX_FINISH_UNSIGNED),                     \
                             MCX_FINISH_TWO(MCX_FINISH_UNSIGNED))                                               \
        } else {                                                                                                \
            MCX_PLANAR_STEPS(MCX_FINISH_ROWS, variant, MCX_FINISH_ONE(MCX_FINISH_SIGNED),                       \
                             MCX_FINISH_TWO(MCX_FINISH_SIGNED))                                                 \
        }                                                                                                       \
        line = end;                                                                                             \
    }
#endif

#define MCX_DEFINE_FINISH(kernel, variant, input_t, level_t)                                                    \
    __attribute__((always_inline)) static inline void mcx_##kernel##_requantized_##variant(                     \
        const input_t *x, uint32_t height, uint32_t size, uint32_t top, uint32_t line, uint32_t lines,          \
        uint32_t width, uint32_t channel, level_t *levels, uint32_t stride, uint32_t left, int16_t multiplier,  \
        int32_t offset, uint32_t shift, int32_t lo, int8_t *y, uint32_t next, uint32_t columns)                 \
    {                                                                                                           \
        if (MCX_FINISH_IS_LITERAL && next <= MCX_FINISH_FARTHEST) {                                             \
            MCX_FINISH_SEGMENTS(kernel, variant, input_t)                                                       \
        } else {                                                                                                \
            MCX_FINISH_PLAIN                                                                                    \
        }                                                                                                       \
    }

#endif
