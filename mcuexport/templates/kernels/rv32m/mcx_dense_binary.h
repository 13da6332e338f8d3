/* Dense layer with binary weights: 1 bit, level = 2 code - 1.
 * Layout: planes.
 *
 * One look-up takes five or six products, which is less than what a multiplication can do with bits.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BINARY_H
#define MCX_DENSE_BINARY_H

#include "mcx_planes.h"

MCX_DEFINE_ALL_DENSE_PLANES(binary, 1, 1, -1)

#endif
