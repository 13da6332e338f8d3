/* The levels of int8 weights: 8 bits, level = code - 127.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_INT8_H
#define MCX_LEVELS_INT8_H

#include "mcx_levels.h"

static inline int32_t mcx_level_int8(uint32_t code)
{
    return (int32_t)code - 127;
}

MCX_DEFINE_LEVELS_OF_BIT_FIELDS(int8, 8u)

#endif
