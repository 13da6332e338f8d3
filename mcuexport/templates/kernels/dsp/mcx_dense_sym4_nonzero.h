/* Dense layer with sym4 weights whose inputs are often zero: 4 bits, level = 2 code - 15.
 * Layout: nibble_columns.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_NONZERO_H
#define MCX_DENSE_SYM4_NONZERO_H

#include "mcx_nibble_columns.h"

MCX_DEFINE_DENSE_NONZERO(sym4, mcx_nibble_columns, 128u, 128u, 1u, 2, -15, 4u, 8)

#endif
