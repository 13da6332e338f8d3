/* Dense layer with ternary weights whose inputs are often zero: 2 bits, level = code - 1.
 * Layout: lanes2.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_TERNARY_NONZERO_H
#define MCX_DENSE_TERNARY_NONZERO_H

#include "mcx_lanes_nonzero.h"

/* 2 * 255 * 64 < 2^16; 2 * 128 * 64 < 2^15. */
MCX_DEFINE_DENSE_NONZERO(ternary, mcx_lanes2_nonzero, 64u, 64u, 2u, 1, -1, 4u, 0)

#endif
