/* What every fast dense kernel needs of its inputs: their sum, and a padded copy of the last few.
 *
 * A kernel works on groups of inputs; where the number of inputs is no multiple, the rest is copied into a
 * group of its own, filled up with zeros, so that the weights beside them do not count.
 *
 * Variants by input: u8 0 .. 255, s8 -128 .. 127, u7 signed bytes that are known to lie in 0 .. 127.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_INPUTS_H
#define MCX_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#define MCX_DEFINE_INPUTS(variant, input_t)                                                                \
    static inline int32_t mcx_sum_##variant(const input_t *x, uint32_t n)                                  \
    {                                                                                                      \
        int32_t sum = 0;                                                                                   \
        for (; n >= 4u; n -= 4u, x += 4) {                                                                 \
            sum += x[0] + x[1] + x[2] + x[3];                                                              \
        }                                                                                                  \
        while (n > 0u) {                                                                                   \
            sum += x[--n];                                                                                 \
        }                                                                                                  \
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

MCX_DEFINE_INPUTS(u8, uint8_t)
MCX_DEFINE_INPUTS(s8, int8_t)
MCX_DEFINE_INPUTS(u7, int8_t)

#endif
