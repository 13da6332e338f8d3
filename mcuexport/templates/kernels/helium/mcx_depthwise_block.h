/* Four channels of mcx_depthwise.h, the first of them k.
 *
 *     acc[j] = bias[j] + sum over t of levels[4 * t + j] * taps[t][k + j]        bias may be NULL
 *
 * For cores with Helium: a channel to a lane.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_BLOCK_H
#define MCX_DEPTHWISE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

#define MCX_DEFINE_DEPTHWISE_BLOCK(variant, input_t, load)                                                         \
    static inline void mcx_depthwise_block_##variant(const input_t *const *taps, uint32_t count, uint32_t k,       \
                                                     const int16_t *levels, MCX_CONST int32_t *bias, int32_t *acc) \
    {                                                                                                              \
        MCX_CONST int32_t none[4] = {0, 0, 0, 0};                                                                  \
        register uint32_t left __asm__("lr") = count;                                                              \
        const input_t *x;                                                                                          \
        __asm__ volatile("vldrw.32 q2, [%[bias]]\n\t"                                                              \
                         "dls     lr, lr\n\t"                                                                      \
                         "1:\n\t"                                                                                  \
                         "ldr     %[x], [%[taps]], #4\n\t"                                                         \
                         "add     %[x], %[k]\n\t" load " q0, [%[x]]\n\t"                                           \
                         "vldrh.s32 q1, [%[levels]], #8\n\t"                                                       \
                         "vmul.i32 q0, q0, q1\n\t"                                                                 \
                         "vadd.i32 q2, q2, q0\n\t"                                                                 \
                         "le      lr, 1b\n\t"                                                                      \
                         "vstrw.32 q2, [%[acc]]"                                                                   \
                         : [taps] "+r"(taps), [levels] "+l"(levels), [x] "=&l"(x), "+r"(left)                      \
                         : [k] "r"(k), [bias] "r"(bias == NULL ? none : bias), [acc] "r"(acc)                      \
                         : "q0", "q1", "q2", "memory");                                                            \
    }

MCX_DEFINE_DEPTHWISE_BLOCK(u7, int8_t, "vldrb.s32")
MCX_DEFINE_DEPTHWISE_BLOCK(u8, uint8_t, "vldrb.u32")
MCX_DEFINE_DEPTHWISE_BLOCK(s8, int8_t, "vldrb.s32")

#endif
