/* The levels of int4 weights: 4 bits, level = code - 8.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_INT4_H
#define MCX_LEVELS_INT4_H

#include "mcx_levels.h"

static inline int32_t mcx_level_int4(uint32_t code)
{
    return (int32_t)code - 8;
}

MCX_DEFINE_LEVELS_OF_BIT_FIELDS(int4, 4u)

#endif
