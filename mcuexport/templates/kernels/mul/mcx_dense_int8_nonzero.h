/* Dense layer with int8 weights whose inputs are often zero: 8 bits, level = code - 127.
 * Layout: bytes4.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT8_NONZERO_H
#define MCX_DENSE_INT8_NONZERO_H

#include "mcx_bytes_nonzero.h"

/* Sums are taken apart modulo 2^32, so a list may have any length. */
MCX_DEFINE_DENSE_NONZERO(int8, mcx_bytes_nonzero, 64u, 64u, 1u, 1, -127, 4u, 128)

#endif
