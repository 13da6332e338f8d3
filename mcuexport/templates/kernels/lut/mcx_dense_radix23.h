/* Dense layer with radix23 weights, 5 bits each here: level = code - 11.
 * Layout: planes.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_RADIX23_H
#define MCX_DENSE_RADIX23_H

#include "mcx_planes.h"

MCX_DEFINE_ALL_DENSE_PLANES(radix23, 5, 0, -11)

#endif
