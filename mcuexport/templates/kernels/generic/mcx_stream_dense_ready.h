/* Dense layer of bitstreams, its weights stored as ready streams.
 *
 * weights: [word of time][block of inputs][output][input of the block], as they are read.
 *
 *     acc[o] = bias[o] + sum over i < inputs of (ones - zeros of XNOR(stream of x[i], stream of weight (o, i)))
 *
 * length: bits of a stream, a multiple of 32.  Time runs in words outermost, so that the words of no more than
 * MCX_STREAM_BLOCK activations are held.  Every partial sum fits int32: the exporter has checked
 * inputs * length + |bias| < 2^31.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_STREAM_DENSE_READY_H
#define MCX_STREAM_DENSE_READY_H

#include "mcx_stream.h"

static inline void mcx_stream_dense_ready(const uint32_t *weights, const int32_t *bias, const int8_t *x,
                                          uint32_t inputs, int32_t *acc, uint32_t outputs, uint32_t length)
{
    uint32_t words[MCX_STREAM_BLOCK];

    mcx_stream_begin(bias, inputs, acc, outputs, length);
    for (uint32_t time = 0u; time < length; time += MCX_STREAM_WORD_BITS) {
        for (uint32_t first = 0u; first < inputs; first += MCX_STREAM_BLOCK) {
            const uint32_t count = mcx_stream_count(inputs - first);
            mcx_stream_activations(x + first, count, time / MCX_STREAM_WORD_BITS, words);
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
