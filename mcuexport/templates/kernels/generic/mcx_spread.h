/* A finished pixel into a row that lies channel by channel: y[k * next] = x[k].
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_SPREAD_H
#define MCX_SPREAD_H

#include <stdint.h>

static inline void mcx_spread(const int8_t *x, int8_t *y, uint32_t next, uint32_t channels)
{
    for (; channels > 0u; channels--, y += next) {
        *y = *x++;
    }
}

#endif
