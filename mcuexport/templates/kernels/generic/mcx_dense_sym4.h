/* Dense layer with sym4 weights, 4 bits each.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_H
#define MCX_DENSE_SYM4_H

#include "mcx_dense_even.h"
#include "mcx_levels_sym4.h"

MCX_DEFINE_DENSE_OF_EVEN_LEVELS(sym4, 4u)

#endif
