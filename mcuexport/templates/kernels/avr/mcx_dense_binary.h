/* Dense layer with binary weights: 1 bit, level = 2 code - 1.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BINARY_H
#define MCX_DENSE_BINARY_H

#include "mcx_dense_codes.h"

MCX_DEFINE_ALL_DENSE_OF_CODES(binary, 1, 2, -1)

#endif
