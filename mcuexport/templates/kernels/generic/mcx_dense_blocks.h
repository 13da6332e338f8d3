/* Dense layers with levels step * code + offset, step 1 or 2, block by block of outputs, group by group of inputs.
 *
 *     sum of level * x = step * sum of code * x + offset * sum of x, the last sum once for all outputs
 *
 * A family's `run_<variant>` does the products: acc[o] += sum of code * x, over the groups of a span.
 *
 *     group   inputs in a group
 *     most    groups after which `run` has to take its sums apart, so that it is not asked for more at once
 *     period  the last of every `period` outputs, 2 or 4, is stored as code - `high`, to be two's complement
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BLOCKS_H
#define MCX_DENSE_BLOCKS_H

#include "mcx_acc.h"
#include "mcx_inputs.h"
#include "mcx_memory.h"

/* Which part of a layer to work on. */
typedef struct {
    MCX_CONST uint32_t *weights; /* of the whole layer */
    uint32_t all;            /* groups in the layer */
    uint32_t first;          /* the part begins with this group .. */
    uint32_t groups;         /* .. and has so many */
} mcx_span_t;

#define MCX_DEFINE_DENSE_BLOCKS(format, variant, input_t, run, group, most, step, offset, period, high) \
    static inline void mcx_dense_##format##_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, \
                                                      const input_t *x, uint32_t inputs, int32_t *acc,  \
                                                      uint32_t outputs)                                 \
    {                                                                                                   \
        const int32_t total = mcx_sum_##variant(x, inputs);                                             \
        const int32_t even = (offset) * total;                                                          \
        const int32_t odd = even + ((period) == 2u ? (step) * (high) * total : 0);                      \
        const int32_t last = even + (step) * (high) * total;                                            \
        const int32_t start[4] = {even, odd, even, last};                                               \
        const uint32_t whole = inputs / (group);                                                        \
        mcx_span_t span = {weights, (inputs + (group) - 1u) / (group), 0u, 0u};                         \
                                                                                                        \
        mcx_clear_acc(acc, outputs);                                                                    \
        for (; span.first < whole; span.first += span.groups) {                                         \
            span.groups = whole - span.first < (most) ? whole - span.first : (most);                    \
            run##_##variant(&span, x + span.first * (group), acc, outputs);                             \
        }                                                                                               \
        if (span.all > whole) {                                                                         \
            input_t tail[group];                                                                        \
            mcx_tail_##variant(x, inputs, tail, group);                                                 \
            span.groups = 1u;                                                                           \
            run##_##variant(&span, tail, acc, outputs);                                                 \
        }                                                                                               \
        mcx_finish_acc(acc, outputs, (step) - 1u, start, bias);                                         \
    }

#endif
