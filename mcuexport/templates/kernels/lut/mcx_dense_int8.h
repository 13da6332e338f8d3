/* Dense layer with int8 weights: 8 bits, level = code - 127.
 * Layout: planes.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT8_H
#define MCX_DENSE_INT8_H

#include "mcx_planes.h"

MCX_DEFINE_ALL_DENSE_PLANES(int8, 8, 0, -127)

#endif
