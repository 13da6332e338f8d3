/* The one rounding rule: half up, floor(v / 2^shift + 1/2).
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_ROUND_H
#define MCX_ROUND_H

#include <stddef.h>
#include <stdint.h>

#if (-3 >> 1) != -2
#error "mcuexport needs a compiler whose right shift of a negative number is arithmetic"
#endif

/* shift <= 31, and v + 2^(shift - 1) fits int32. */
/*@ assigns \result \from v, shift; */
static inline int32_t mcx_shift_half_up(int32_t v, uint32_t shift)
{
    return (v + (int32_t)(((uint32_t)1u << shift) >> 1)) >> shift;
}

static inline int32_t mcx_clamp(int32_t v, int32_t lo, int32_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

#endif
