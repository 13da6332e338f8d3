/* The index of the largest of n >= 1 values; the first of equals.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_ARGMAX_H
#define MCX_ARGMAX_H

#include <stddef.h>
#include <stdint.h>

static inline void mcx_argmax(const int32_t *x, uint32_t n, int32_t *y)
{
    uint32_t best = 0u;
    for (uint32_t i = 1u; i < n; i++) {
        best = x[i] > x[best] ? i : best;
    }
    *y = (int32_t)best;
}

#endif
