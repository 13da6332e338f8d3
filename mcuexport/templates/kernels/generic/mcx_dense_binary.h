/* Dense layer with binary weights, 1 bit each.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BINARY_H
#define MCX_DENSE_BINARY_H

#include "mcx_dense_even.h"
#include "mcx_levels_binary.h"

MCX_DEFINE_DENSE_OF_EVEN_LEVELS(binary, 1u)

#endif
