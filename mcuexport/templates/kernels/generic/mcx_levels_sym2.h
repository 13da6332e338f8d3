/* The levels of sym2 weights: 2 bits, level = 2 code - 3.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_SYM2_H
#define MCX_LEVELS_SYM2_H

#include "mcx_levels.h"

static inline int32_t mcx_level_sym2(uint32_t code)
{
    return 2 * (int32_t)code - 3;
}

MCX_DEFINE_LEVELS_OF_BIT_FIELDS(sym2, 2u)

#endif
