/* Dense layer with int4 weights whose inputs are often zero: 4 bits, level = code - 8.
 * Layout: lanes4.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_NONZERO_H
#define MCX_DENSE_INT4_NONZERO_H

#include "mcx_lanes_nonzero.h"

/* 15 * 127 * 32, 15 * 255 * 16 < 2^16; 15 * 128 * 16 < 2^15. */
MCX_DEFINE_DENSE_NONZERO(int4, mcx_lanes4_nonzero, 32u, 16u, 1u, 1, -8, 4u, 0)

#endif
