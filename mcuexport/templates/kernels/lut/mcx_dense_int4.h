/* Dense layer with int4 weights: 4 bits, level = code - 8.
 * Layout: planes.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_H
#define MCX_DENSE_INT4_H

#include "mcx_planes.h"

MCX_DEFINE_ALL_DENSE_PLANES(int4, 4, 0, -8)

#endif
