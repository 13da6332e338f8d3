/* Dense layer of bitstreams, its weights stored as 8-bit probabilities.
 * Layout: rows.
 *
 *     acc[o] = bias[o] + sum over i < inputs of (ones - zeros of XNOR(stream of x[i], stream of weight (o, i)))
 *
 * length: bits of a stream, a multiple of 32.  Codes of int8, code = level + 127, so that a stream's is one more.
 * A weight's stream is n ones, then zeros: its XNOR with x is x for n bits and then the inverse of x.  So the ones of
 * x before n tell the product: ones - zeros = 4 (ones of x before n) - 2n + length - 2 (ones of x).
 * Every partial sum fits int32: the exporter has checked inputs * length + |bias| < 2^31.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_STREAM_DENSE_H
#define MCX_STREAM_DENSE_H

#include <stddef.h>

#include "mcx_stream.h"

/* A stream of an activation, and the ones before each word of its period; the last entry is those of the period.
 * Of a shorter stream, the words that it has and the next one. */
typedef struct {
    uint32_t words[MCX_STREAM_PERIOD];
    uint16_t before[MCX_STREAM_PERIOD + 1u];
} mcx_stream_counted;

static inline void mcx_stream_count(int32_t v, uint32_t length, mcx_stream_counted *stream)
{
    uint32_t ones = 0u;
    for (uint32_t k = 0u; k < MCX_STREAM_PERIOD && k <= length / MCX_STREAM_WORD_BITS; k++) {
        stream->words[k] = mcx_stream_activation(v, mcx_stream_phase(k));
        stream->before[k] = (uint16_t)ones;
        ones += mcx_stream_sum(mcx_stream_ones(stream->words[k]));
    }
    stream->before[MCX_STREAM_PERIOD] = (uint16_t)ones;
}

/* The ones among the first n bits. */
static inline uint32_t mcx_stream_ones_before(const mcx_stream_counted *stream, uint32_t n)
{
    const uint32_t k = n / MCX_STREAM_WORD_BITS, at = k % MCX_STREAM_PERIOD;
    const uint32_t part = stream->words[at] & (((uint32_t)1u << n % MCX_STREAM_WORD_BITS) - 1u);
    return k / MCX_STREAM_PERIOD * stream->before[MCX_STREAM_PERIOD] + stream->before[at] +
           mcx_stream_sum(mcx_stream_ones(part));
}

static inline void mcx_stream_dense(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, const int8_t *x,
                                    uint32_t inputs, int32_t *acc, uint32_t outputs, uint32_t length)
{
    mcx_stream_counted stream;

    for (uint32_t o = 0u; o < outputs; o++) {
        acc[o] = bias == NULL ? 0 : bias[o];
    }
    for (uint32_t i = 0u; i < inputs; i++) {
        MCX_CONST uint32_t *word = weights + i / 4u;
        mcx_stream_count(x[i], length, &stream);
        const int32_t rest = (int32_t)length - 2 * (int32_t)mcx_stream_ones_before(&stream, length);
        for (uint32_t o = 0u; o < outputs; o++, word += (inputs + 3u) / 4u) {
            const uint32_t u = (*word >> 8u * (i % 4u) & 255u) + 1u;
            const uint32_t n = (u * length + 127u) / 256u;
            acc[o] += 4 * (int32_t)mcx_stream_ones_before(&stream, n) - 2 * (int32_t)n + rest;
        }
    }
}

#endif
