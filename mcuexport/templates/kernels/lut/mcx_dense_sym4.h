/* Dense layer with sym4 weights: 4 bits, level = 2 code - 15.
 * Layout: planes.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_H
#define MCX_DENSE_SYM4_H

#include "mcx_planes.h"

MCX_DEFINE_ALL_DENSE_PLANES(sym4, 4, 1, -15)

#endif
