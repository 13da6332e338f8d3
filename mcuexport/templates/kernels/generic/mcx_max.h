/* y[i] = the larger of x[i] and y[i], of bits both together; and the value to start from.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MAX_H
#define MCX_MAX_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_MAX(variant, input_t)                                                                        \
    static inline void mcx_max_##variant(const input_t *x, input_t *y, uint32_t n)                              \
    {                                                                                                           \
        for (uint32_t i = 0u; i < n; i++) {                                                                     \
            const input_t value = x[i];                                                                         \
            if (value > y[i]) {                                                                                 \
                y[i] = value;                                                                                   \
            }                                                                                                   \
        }                                                                                                       \
    }

#define MCX_DEFINE_FILL(variant, input_t)                                                                       \
    static inline void mcx_fill_##variant(input_t value, input_t *y, uint32_t n)                                \
    {                                                                                                           \
        for (uint32_t i = 0u; i < n; i++) {                                                                     \
            y[i] = value;                                                                                       \
        }                                                                                                       \
    }

MCX_DEFINE_MAX(u8, uint8_t)
MCX_DEFINE_MAX(s8, int8_t)
MCX_DEFINE_FILL(u8, uint8_t)
MCX_DEFINE_FILL(s8, int8_t)
MCX_DEFINE_FILL(bit, uint32_t)

static inline void mcx_max_bit(const uint32_t *x, uint32_t *y, uint32_t words)
{
    for (uint32_t i = 0u; i < words; i++) {
        y[i] |= x[i];
    }
}

#endif
