/* Dense layer of bitstreams, its weights stored as ready streams: an XNOR and a count for each 32 bits.
 *
 *     acc[o] = bias[o] + sum over i < inputs of (ones - zeros of XNOR(stream of x[i], stream of weight (o, i)))
 *
 * weights: [word of time][block of inputs][output][input of the block], as they are read.  length: bits of a
 * stream, a multiple of 32.  Time is the outermost loop, so that only one block's words of x are held.
 * Every partial sum fits int32: the exporter has checked inputs * length + |bias| < 2^31.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_STREAM_DENSE_READY_H
#define MCX_STREAM_DENSE_READY_H

#include <stddef.h>

#include "mcx_stream.h"

/* Inputs whose words are held at once: sums of their ones by bytes, at most 8 each, stay below 256. */
#define MCX_STREAM_BLOCK 28u

static inline void mcx_stream_dense_ready(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, const int8_t *x,
                                          uint32_t inputs, int32_t *acc, uint32_t outputs, uint32_t length)
{
    uint32_t words[MCX_STREAM_BLOCK];

    /* As if all bits were equal; each pair that differs takes 2 away. */
    for (uint32_t o = 0u; o < outputs; o++) {
        acc[o] = (int32_t)(inputs * length) + (bias == NULL ? 0 : bias[o]);
    }
    for (uint32_t k = 0u; k < length / MCX_STREAM_WORD_BITS; k++) {
        const uint32_t phase = mcx_stream_phase(k);
        for (uint32_t first = 0u; first < inputs; first += MCX_STREAM_BLOCK) {
            const uint32_t count = inputs - first < MCX_STREAM_BLOCK ? inputs - first : MCX_STREAM_BLOCK;
            for (uint32_t i = 0u; i < count; i++) {
                words[i] = mcx_stream_activation(x[first + i], phase);
            }
            for (uint32_t o = 0u; o < outputs; o++) {
                uint32_t differ = 0u;
                for (uint32_t i = 0u; i < count; i++) {
                    differ += mcx_stream_ones(words[i] ^ *weights++);
                }
                acc[o] -= 2 * (int32_t)mcx_stream_sum(differ);
            }
        }
    }
}

#endif
