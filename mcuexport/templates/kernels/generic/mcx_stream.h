/* Bitstreams, 32 bits to a word, and the count of their ones.
 *
 * A value v / 128 is the code u = v + 128; bit t of its stream is u > r[t], bit 0 of a word first in time.
 *
 * Activations: r[2m] = the eight bits of m % 256 reversed, r[2m + 1] = 255 - r[2m].  In word k, m is 16k + i for
 * i < 16, so that r[2m] = 16 * reverse4(i) + reverse4(k % 16).  It is below u where reverse4(i) < u / 16, and also
 * where they are equal if reverse4(k % 16) < u % 16: one of 17 patterns of the even bits.  The odd bits are those of
 * 256 - u, inverted.
 * After 16 words they begin again.
 *
 * Weights: r[t] = floor(128 (2t + 1) / length): (u * length + 127) / 256 ones, then zeros.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_STREAM_H
#define MCX_STREAM_H

#include <stdint.h>

#include "mcx_memory.h"

#define MCX_STREAM_WORD_BITS 32u
#define MCX_STREAM_PERIOD 16u /* words */

/* Bit 2i is set where reverse4(i) < index. */
static MCX_CONST uint32_t mcx_stream_patterns[17] = {
    0x00000000u, 0x00000001u, 0x00010001u, 0x00010101u, 0x01010101u, 0x01010111u,
    0x01110111u, 0x01111111u, 0x11111111u, 0x11111115u, 0x11151115u, 0x11151515u,
    0x15151515u, 0x15151555u, 0x15551555u, 0x15555555u, 0x55555555u,
};

/* The four bits of k % 16 reversed. */
static inline uint32_t mcx_stream_phase(uint32_t k)
{
    return (k & 1u) << 3 | (k & 2u) << 1 | (k >> 1 & 2u) | (k >> 3 & 1u);
}

/* 32 bits of the stream of an activation; phase: of the word's number. */
static inline uint32_t mcx_stream_activation(int32_t v, uint32_t phase)
{
    const uint32_t u = (uint32_t)(v + 128), rest = 256u - u;
    const uint32_t even = mcx_stream_patterns[(u >> 4) + (phase < (u & 15u) ? 1u : 0u)];
    const uint32_t odd = mcx_stream_patterns[(rest >> 4) + (phase < (rest & 15u) ? 1u : 0u)];
    return even | (mcx_stream_patterns[16] ^ odd) << 1;
}

/* The ones of a word, counted by bytes: at most 8 in each. */
static inline uint32_t mcx_stream_ones(uint32_t word)
{
    word -= word >> 1 & 0x55555555u;
    word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
    return (word + (word >> 4)) & 0x0f0f0f0fu;
}

/* The sum of four bytes. */
static inline uint32_t mcx_stream_sum(uint32_t bytes)
{
    const uint32_t pairs = (bytes & 0x00ff00ffu) + (bytes >> 8 & 0x00ff00ffu);
    return (pairs + (pairs >> 16)) & 0xffffu;
}

#endif
