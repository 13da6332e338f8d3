/* The levels of binary weights: 1 bit, level = 2 code - 1.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_BINARY_H
#define MCX_LEVELS_BINARY_H

#include "mcx_levels.h"

static inline int32_t mcx_level_binary(uint32_t code)
{
    return 2 * (int32_t)code - 1;
}

MCX_DEFINE_LEVELS_OF_BIT_FIELDS(binary, 1u)

#endif
