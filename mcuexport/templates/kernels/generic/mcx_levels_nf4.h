/* The levels of nf4 weights: 4 bits, levels from a table.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_LEVELS_NF4_H
#define MCX_LEVELS_NF4_H

#include "mcx_levels.h"
#include "mcx_memory.h"

static MCX_CONST int8_t mcx_nf4_levels[16] = {-127, -88, -67, -50, -36, -23, -12, 0, 10, 20, 31, 43, 56, 71, 92, 127};

static inline int32_t mcx_level_nf4(uint32_t code)
{
    return mcx_nf4_levels[code];
}

MCX_DEFINE_LEVELS_OF_BIT_FIELDS(nf4, 4u)

#endif
