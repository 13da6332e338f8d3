/* Two 16-bit sums in one word, and how to take them apart.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_HALVES_H
#define MCX_HALVES_H

#include <stdint.h>

static inline int32_t mcx_low_unsigned(uint32_t halves)
{
    return (int32_t)(halves & 0xFFFFu);
}

static inline int32_t mcx_high_unsigned(uint32_t halves)
{
    return (int32_t)(halves >> 16);
}

static inline int32_t mcx_low_signed(uint32_t halves)
{
    return (int32_t)((halves & 0xFFFFu) ^ 0x8000u) - 0x8000;
}

/* A negative low half has borrowed from the high one. */
static inline int32_t mcx_high_signed(uint32_t halves)
{
    return (int32_t)(halves - (uint32_t)mcx_low_signed(halves)) >> 16;
}

#endif
