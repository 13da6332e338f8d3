/* Dense layer with sym4 weights: 4 bits, level = 2 code - 15.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_H
#define MCX_DENSE_SYM4_H

#include "mcx_dense.h"

static inline int32_t mcx_level_sym4(uint32_t code)
{
    return 2 * (int32_t)code - 15;
}

MCX_DEFINE_DENSE_OF_BIT_FIELDS(sym4, 4u)

#endif
