/* What dense kernels need of their inputs: their sum, and a padded copy of the last few.
 *
 * For cores with Helium, which add up 16 bytes at once.
 *
 * Variants by input: u8 0 .. 255, s8 -128 .. 127, u7 signed bytes that are known to lie in 0 .. 127.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_INPUTS_H
#define MCX_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_INPUTS(variant, input_t, type)                                                          \
    static inline int32_t mcx_sum_##variant(const input_t *x, uint32_t n)                                  \
    {                                                                                                      \
        int32_t sum = 0;                                                                                   \
        register uint32_t left __asm__("lr") = n;                                                          \
        __asm__ volatile("wlstp.8 lr, lr, 2f\n\t"                                                          \
                         "1:\n\t"                                                                          \
                         "vldrb.8 q0, [%[x]], #16\n\t"                                                     \
                         "vaddva." type " %[sum], q0\n\t"                                                  \
                         "letp    lr, 1b\n\t"                                                              \
                         "2:"                                                                              \
                         : [x] "+r"(x), [sum] "+Te"(sum), "+r"(left)                                       \
                         :                                                                                 \
                         : "q0", "memory");                                                                \
        return sum;                                                                                        \
    }                                                                                                      \
                                                                                                           \
    /* The last inputs % size of x into `tail`, filled up with zeros; size a power of two. */              \
    static inline void mcx_tail_##variant(const input_t *x, uint32_t inputs, input_t *tail, uint32_t size) \
    {                                                                                                      \
        const uint32_t rest = inputs & (size - 1u);                                                        \
        for (uint32_t i = 0u; rest != 0u && i < size; i++) {                                               \
            tail[i] = i < rest ? x[inputs - rest + i] : 0;                                                 \
        }                                                                                                  \
    }

MCX_DEFINE_INPUTS(u8, uint8_t, "u8")
MCX_DEFINE_INPUTS(s8, int8_t, "s8")
MCX_DEFINE_INPUTS(u7, int8_t, "s8")

#endif
