/* A row of one channel under a pool: y[c * next] = the largest of x[c * stride] .. x[c * stride + wide - 1] and itself.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MAX_LINE_H
#define MCX_MAX_LINE_H

#include <stdint.h>

static inline int32_t mcx_larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline void mcx_max_line(const int8_t *x, uint32_t wide, uint32_t stride, int8_t *y, uint32_t next,
                                uint32_t columns)
{
    for (; columns > 0u; columns--, x += stride, y += next) {
        int32_t most = mcx_larger(*y, x[0]);
        for (uint32_t i = 1u; i < wide; i++) {
            most = mcx_larger(most, x[i]);
        }
        *y = (int8_t)most;
    }
}

#endif
