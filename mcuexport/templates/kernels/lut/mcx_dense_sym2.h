/* Dense layer with sym2 weights: 2 bits, level = 2 code - 3.
 * Layout: planes.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM2_H
#define MCX_DENSE_SYM2_H

#include "mcx_planes.h"

MCX_DEFINE_ALL_DENSE_PLANES(sym2, 2, 1, -3)

#endif
