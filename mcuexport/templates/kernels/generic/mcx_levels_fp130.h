/* The levels of fp130 weights: 4 bits, the sign in bit 3, level = +-2^(code & 7).
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_FP130_H
#define MCX_LEVELS_FP130_H

#include "mcx_levels.h"

static inline int32_t mcx_level_fp130(uint32_t code)
{
    return (code & 8u) != 0u ? -(int32_t)(1u << (code & 7u)) : (int32_t)(1u << code);
}

MCX_DEFINE_LEVELS_OF_BIT_FIELDS(fp130, 4u)

#endif
