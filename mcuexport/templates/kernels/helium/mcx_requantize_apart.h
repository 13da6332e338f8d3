/* Accumulators to the next layer's int8, by multipliers and offsets in arrays of their own: shift, multiply, add,
 * shift, clamp.
 *
 *     y[i] = clamp((shift_half_up(x[i], pre_shift) * multiplier[i] + offset[i]) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the last shift round half up.
 * |x| + 2^(pre_shift - 1) and |shifted * multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * For cores with Helium, four at once: VRSHL by a negative number rounds half up. Loads and stores that
 * widen or narrow take their address from a low register.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_REQUANTIZE_APART_H
#define MCX_REQUANTIZE_APART_H

#include "mcx_memory.h"

#define MCX_DEFINE_REQUANTIZE_APART(variant, input_t, load)                                                         \
    static inline void mcx_requantize_apart_##variant(const input_t *x, MCX_CONST int16_t *multiplier,              \
                                                     MCX_CONST int32_t *offset, uint32_t pre_shift, uint32_t shift, \
                                                     int32_t lo, int32_t hi, int8_t *y, uint32_t n)                 \
    {                                                                                                               \
        register uint32_t left __asm__("lr") = n;                                                                   \
        __asm__ volatile("vdup.32 q2, %[lo]\n\t"                                                                    \
                         "vdup.32 q3, %[hi]\n\t"                                                                    \
                         "wlstp.32 lr, lr, 2f\n\t"                                                                  \
                         "1:\n\t" load "\n\t"                                                                       \
                         "vldrh.s32 q1, [%[multiplier]], #8\n\t"                                                    \
                         "vrshl.s32 q0, %[pre_shift]\n\t"                                                           \
                         "vmul.i32 q0, q0, q1\n\t"                                                                  \
                         "vldrw.32 q1, [%[offset]], #16\n\t"                                                        \
                         "vadd.i32 q0, q0, q1\n\t"                                                                  \
                         "vshl.s32 q0, %[shift]\n\t"                                                                \
                         "vmax.s32 q0, q0, q2\n\t"                                                                  \
                         "vmin.s32 q0, q0, q3\n\t"                                                                  \
                         "vstrb.32 q0, [%[y]], #4\n\t"                                                              \
                         "letp    lr, 1b\n\t"                                                                       \
                         "2:"                                                                                       \
                         : [x] "+l"(x), [multiplier] "+l"(multiplier), [offset] "+r"(offset), [y] "+l"(y),          \
                           "+r"(left)                                                                               \
                         : [pre_shift] "r"(-(int32_t)pre_shift), [shift] "r"(-(int32_t)shift), [lo] "r"(lo),        \
                           [hi] "r"(hi)                                                                             \
                         : "q0", "q1", "q2", "q3", "memory");                                                       \
    }

MCX_DEFINE_REQUANTIZE_APART(s32, int32_t, "vldrw.32 q0, [%[x]], #16")
MCX_DEFINE_REQUANTIZE_APART(s8, int8_t, "vldrb.s32 q0, [%[x]], #4")
MCX_DEFINE_REQUANTIZE_APART(u8, uint8_t, "vldrb.u32 q0, [%[x]], #4")

#endif
