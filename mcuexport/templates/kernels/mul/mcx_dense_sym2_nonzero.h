/* Dense layer with sym2 weights whose inputs are often zero: 2 bits, level = 2 code - 3.
 * Layout: lanes2.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM2_NONZERO_H
#define MCX_DENSE_SYM2_NONZERO_H

#include "mcx_lanes_nonzero.h"

/* 3 * 127 * 64, 3 * 255 * 64 < 2^16; 3 * 128 * 64 < 2^15. */
MCX_DEFINE_DENSE_NONZERO(sym2, mcx_lanes2_nonzero, 64u, 64u, 2u, 2, -3, 4u, 0)

#endif
