/* Dense layer with int4 weights, 4 bits each.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_H
#define MCX_DENSE_INT4_H

#include "mcx_dense_even.h"
#include "mcx_levels_int4.h"

MCX_DEFINE_DENSE_OF_EVEN_LEVELS(int4, 4u)

#endif
