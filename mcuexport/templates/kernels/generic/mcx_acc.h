/* The two ends of a dense kernel that sums up codes, where level = 2^shift * code + offset.
 *
 * Four outputs at a time: with so little to do, the loop itself would cost most.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_ACC_H
#define MCX_ACC_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

static inline void mcx_clear_acc(int32_t *acc, uint32_t outputs)
{
    for (; outputs >= 4u; outputs -= 4u, acc += 4) {
        acc[0] = 0;
        acc[1] = 0;
        acc[2] = 0;
        acc[3] = 0;
    }
    for (uint32_t o = 0u; o < outputs; o++) {
        acc[o] = 0;
    }
}

/* acc * 2^shift + start: only this sum need fit, so it wraps on the way. */
static inline int32_t mcx_scale_acc(int32_t acc, uint32_t shift, int32_t start)
{
    return (int32_t)(((uint32_t)acc << shift) + (uint32_t)start);
}

/* acc[o] = acc[o] * 2^shift + start[o % 4] + bias[o]; bias may be NULL. */
static inline void mcx_finish_acc(int32_t *acc, uint32_t outputs, uint32_t shift, const int32_t *start,
                                  MCX_CONST int32_t *bias)
{
    for (uint32_t o = 0u; bias != NULL && o < outputs; o++) {
        acc[o] = mcx_scale_acc(acc[o], shift, start[o % 4u]) + bias[o];
    }
    for (; bias == NULL && outputs >= 4u; outputs -= 4u, acc += 4) {
        acc[0] = mcx_scale_acc(acc[0], shift, start[0]);
        acc[1] = mcx_scale_acc(acc[1], shift, start[1]);
        acc[2] = mcx_scale_acc(acc[2], shift, start[2]);
        acc[3] = mcx_scale_acc(acc[3], shift, start[3]);
    }
    for (uint32_t o = 0u; bias == NULL && o < outputs; o++) {
        acc[o] = mcx_scale_acc(acc[o], shift, start[o]);
    }
}

/* acc[j] += sums[j], j < 4, as far as there are outputs. */
static inline void mcx_add_to_acc(int32_t *acc, uint32_t outputs, const int32_t *sums)
{
    acc[0] += sums[0];
    if (outputs > 1u) {
        acc[1] += sums[1];
    }
    if (outputs > 2u) {
        acc[2] += sums[2];
    }
    if (outputs > 3u) {
        acc[3] += sums[3];
    }
}

#endif
