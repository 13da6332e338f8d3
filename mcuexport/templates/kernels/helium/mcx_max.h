/* y[i] = the larger of x[i] and y[i], of bits both together; and the value to start from.
 *
 * For cores with Helium, 16 at once.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MAX_H
#define MCX_MAX_H

#include <stdint.h>

#define MCX_DEFINE_MAX(variant, input_t, type)                                     \
    static inline void mcx_max_##variant(const input_t *x, input_t *y, uint32_t n) \
    {                                                                              \
        register uint32_t left __asm__("lr") = n;                                  \
        __asm__ volatile("wlstp.8 lr, lr, 2f\n\t"                                  \
                         "1:\n\t"                                                  \
                         "vldrb.8 q0, [%[x]], #16\n\t"                             \
                         "vldrb.8 q1, [%[y]]\n\t"                                  \
                         "vmax." type " q0, q0, q1\n\t"                            \
                         "vstrb.8 q0, [%[y]], #16\n\t"                             \
                         "letp    lr, 1b\n\t"                                      \
                         "2:"                                                      \
                         : [x] "+r"(x), [y] "+r"(y), "+r"(left)                    \
                         :                                                         \
                         : "q0", "q1", "memory");                                  \
    }                                                                              \
                                                                                   \
    static inline void mcx_fill_##variant(input_t value, input_t *y, uint32_t n)   \
    {                                                                              \
        register uint32_t left __asm__("lr") = n;                                  \
        __asm__ volatile("vdup.8  q0, %[value]\n\t"                                \
                         "wlstp.8 lr, lr, 2f\n\t"                                  \
                         "1:\n\t"                                                  \
                         "vstrb.8 q0, [%[y]], #16\n\t"                             \
                         "letp    lr, 1b\n\t"                                      \
                         "2:"                                                      \
                         : [y] "+r"(y), "+r"(left)                                 \
                         : [value] "r"(value)                                      \
                         : "q0", "memory");                                        \
    }

MCX_DEFINE_MAX(u8, uint8_t, "u8")
MCX_DEFINE_MAX(s8, int8_t, "s8")

static inline void mcx_fill_bit(uint32_t value, uint32_t *y, uint32_t words)
{
    for (uint32_t i = 0u; i < words; i++) {
        y[i] = value;
    }
}

static inline void mcx_max_bit(const uint32_t *x, uint32_t *y, uint32_t words)
{
    for (uint32_t i = 0u; i < words; i++) {
        y[i] |= x[i];
    }
}

#endif
