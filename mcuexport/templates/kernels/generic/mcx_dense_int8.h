/* Dense layer with int8 weights, 8 bits each.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT8_H
#define MCX_DENSE_INT8_H

#include "mcx_dense_even.h"
#include "mcx_levels_int8.h"

MCX_DEFINE_DENSE_OF_EVEN_LEVELS(int8, 8u)

#endif
