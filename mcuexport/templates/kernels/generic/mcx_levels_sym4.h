/* The levels of sym4 weights: 4 bits, level = 2 code - 15.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_SYM4_H
#define MCX_LEVELS_SYM4_H

#include "mcx_levels.h"

static inline int32_t mcx_level_sym4(uint32_t code)
{
    return 2 * (int32_t)code - 15;
}

MCX_DEFINE_LEVELS_OF_BIT_FIELDS(sym4, 4u)

#endif
