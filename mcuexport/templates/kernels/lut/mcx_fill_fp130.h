/* The products of an input with all levels of fp130 weights.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FILL_FP130_H
#define MCX_FILL_FP130_H

#include <stdint.h>

/* x times every level, by doubling. */
static inline void mcx_fill_fp130(int16_t *products, int32_t x)
{
    for (uint32_t e = 0u; e < 8u; e++, x += x) {
        products[e] = (int16_t)x;
        products[8u + e] = (int16_t)-x;
    }
}

#endif
