/* Dense layer with int8 weights whose inputs are often zero: 8 bits, level = code - 127.
 * Layout: byte_columns.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT8_NONZERO_H
#define MCX_DENSE_INT8_NONZERO_H

#include "mcx_byte_columns.h"

MCX_DEFINE_DENSE_NONZERO(int8, mcx_byte_columns, 128u, 128u, 1u, 1, -127, 2u, 128)

#endif
