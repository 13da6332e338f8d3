/* Dense layer with int4 weights whose inputs are often zero: 4 bits, level = code - 8.
 * Layout: nibble_columns.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_NONZERO_H
#define MCX_DENSE_INT4_NONZERO_H

#include "mcx_nibble_columns.h"

MCX_DEFINE_DENSE_NONZERO(int4, mcx_nibble_columns, 128u, 128u, 1u, 1, -8, 4u, 8)

#endif
