/* Residual addition: two maps, each times its multiplier, to one scale.
 *
 *     y[i] = clamp((a[i] * a_multiplier + b[i] * b_multiplier + offset) >> shift)
 *
 * The offset holds the 2^(shift - 1) that makes the shift round half up.  y may be a or b.
 * |a * a_multiplier| + |b * b_multiplier| + |offset| < 2^31: the exporter has checked it.
 *
 * For cores with Helium, four at once.  Numbers come through memory: hardly a register is free.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_ADD_H
#define MCX_ADD_H

#include <stdint.h>

#define MCX_DEFINE_ADD(a_variant, a_t, a_load, b_variant, b_t, b_load)                                         \
    static inline void mcx_add_##a_variant##_##b_variant(const a_t *a, const b_t *b, int32_t a_multiplier,     \
                                                         int32_t b_multiplier, int32_t offset, uint32_t shift, \
                                                         int32_t lo, int32_t hi, int8_t *y, uint32_t n)        \
    {                                                                                                          \
        const int32_t numbers[] = {lo, hi, a_multiplier, b_multiplier, offset, -(int32_t)shift};               \
        register const int32_t *at __asm__("r1") = numbers;                                                    \
        register uint32_t left __asm__("lr") = n;                                                              \
        __asm__ volatile("ldrd    r2, r3, [r1], #8\n\t"                                                        \
                         "vdup.32 q2, r2\n\t"                                                                  \
                         "vdup.32 q3, r3\n\t"                                                                  \
                         "ldm     r1, {r1, r2, r3, r12}\n\t"                                                   \
                         "wlstp.32 lr, lr, 2f\n\t"                                                             \
                         "1:\n\t"                                                                              \
                         a_load " q0, [%[a]], #4\n\t"                                                          \
                         b_load " q1, [%[b]], #4\n\t"                                                          \
                         "vmul.i32 q0, q0, r1\n\t"                                                             \
                         "vmla.s32 q0, q1, r2\n\t"                                                             \
                         "vadd.i32 q0, q0, r3\n\t"                                                             \
                         "vshl.s32 q0, r12\n\t"                                                                \
                         "vmax.s32 q0, q0, q2\n\t"                                                             \
                         "vmin.s32 q0, q0, q3\n\t"                                                             \
                         "vstrb.32 q0, [%[y]], #4\n\t"                                                         \
                         "letp    lr, 1b\n\t"                                                                  \
                         "2:"                                                                                  \
                         : [a] "+l"(a), [b] "+l"(b), [y] "+l"(y), "+r"(at), "+r"(left)                         \
                         :                                                                                     \
                         : "q0", "q1", "q2", "q3", "r2", "r3", "r12", "memory");                               \
    }

MCX_DEFINE_ADD(s8, int8_t, "vldrb.s32", s8, int8_t, "vldrb.s32")
MCX_DEFINE_ADD(s8, int8_t, "vldrb.s32", u8, uint8_t, "vldrb.u32")
MCX_DEFINE_ADD(u8, uint8_t, "vldrb.u32", s8, int8_t, "vldrb.s32")
MCX_DEFINE_ADD(u8, uint8_t, "vldrb.u32", u8, uint8_t, "vldrb.u32")

#endif
