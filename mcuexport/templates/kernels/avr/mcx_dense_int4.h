/* Dense layer with int4 weights: 4 bits, level = code - 8.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_H
#define MCX_DENSE_INT4_H

#include "mcx_dense_codes.h"

MCX_DEFINE_ALL_DENSE_OF_CODES(int4, 4, 1, -8)

#endif
