/* The ends of a dense kernel: accumulators before the products, and the products into them.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_ACC_H
#define MCX_ACC_H

#include <stddef.h>
#include <stdint.h>

/* acc[o] = bias[o] + start, + last where o % period is period - 1; bias may be NULL; period a power of two. */
static inline void mcx_start_acc(int32_t *acc, uint32_t outputs, const int32_t *bias, int32_t start, int32_t last,
                                 uint32_t period)
{
    for (uint32_t o = 0u; o < outputs; o++) {
        acc[o] = bias == NULL ? start : bias[o] + start;
    }
    for (uint32_t o = period - 1u; last != 0 && o < outputs; o += period) {
        acc[o] += last;
    }
}

/* acc[j] += step * sums[j], j < 4, as far as there are outputs. */
static inline void mcx_add_to_acc(int32_t *acc, uint32_t outputs, int32_t step, const int32_t *sums)
{
    acc[0] += step * sums[0];
    if (outputs > 1u) {
        acc[1] += step * sums[1];
    }
    if (outputs > 2u) {
        acc[2] += step * sums[2];
    }
    if (outputs > 3u) {
        acc[3] += step * sums[3];
    }
}

#endif
