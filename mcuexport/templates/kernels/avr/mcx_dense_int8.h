/* Dense layer with int8 weights: 8 bits, level = code - 127.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT8_H
#define MCX_DENSE_INT8_H

#include "mcx_dense_codes.h"

MCX_DEFINE_ALL_DENSE_OF_CODES(int8, 8, 1, -127)

#endif
