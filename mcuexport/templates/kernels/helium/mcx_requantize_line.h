/* Accumulators of one channel along a row to int8, as mcx_requantize_apart.h: shift, multiply, add, shift, clamp.
 *
 *     y[c * next] = clamp((shift_half_up(acc[c], pre_shift) * multiplier + offset) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.
 * |acc| + 2^(pre_shift - 1) and |shifted * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * For cores with Helium, four at once; results are `next` bytes apart, as the lanes of a vector say.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_LINE_H
#define MCX_REQUANTIZE_LINE_H

#include <stdint.h>

static inline void mcx_requantize_line(const int32_t *acc, int16_t multiplier, int32_t offset, uint32_t pre_shift,
                                       uint32_t shift, int32_t lo, int32_t hi, int8_t *y, uint32_t next,
                                       uint32_t columns)
{
    const int32_t step = (int32_t)next;
    const int32_t numbers[] = {0,  step,   2 * step, 3 * step,   lo,
                               hi, offset, 4 * step, multiplier, -(int32_t)pre_shift,
                               -(int32_t)shift};
    register const int32_t *at __asm__("r1") = numbers;
    register uint32_t left __asm__("lr") = columns;
    __asm__ volatile("vldrw.32 q3, [r1], #16\n\t"
                     "ldm     r1!, {r2, r3, r4}\n\t"
                     "vdup.32 q1, r2\n\t"
                     "vdup.32 q2, r3\n\t"
                     "vdup.32 q4, r4\n\t"
                     "ldm     r1, {r1, r2, r3, r4}\n\t"
                     "wlstp.32 lr, lr, 2f\n\t"
                     "1:\n\t"
                     "vldrw.32 q0, [%[acc]], #16\n\t"
                     "vrshl.s32 q0, r3\n\t"
                     "vmul.i32 q0, q0, r2\n\t"
                     "vadd.i32 q0, q0, q4\n\t"
                     "vshl.s32 q0, r4\n\t"
                     "vmax.s32 q0, q0, q1\n\t"
                     "vmin.s32 q0, q0, q2\n\t"
                     "vstrb.32 q0, [%[y], q3]\n\t"
                     "add     %[y], r1\n\t"
                     "letp    lr, 1b\n\t"
                     "2:"
                     : [acc] "+r"(acc), [y] "+l"(y), "+r"(at), "+r"(left)
                     :
                     : "q0", "q1", "q2", "q3", "q4", "r2", "r3", "r4", "memory");
}

#endif
