/* Dense layer with sym2 weights, 2 bits each.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM2_H
#define MCX_DENSE_SYM2_H

#include "mcx_dense_even.h"
#include "mcx_levels_sym2.h"

MCX_DEFINE_DENSE_OF_EVEN_LEVELS(sym2, 2u)

#endif
