/* Dense layer with int4 weights: 4 bits, level = code - 8.
 * Layout: halves.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_H
#define MCX_DENSE_INT4_H

#include "mcx_halves.h"

MCX_DEFINE_DENSE_HALVES(int4, u7, int8_t, "u8", 1u, -8)
MCX_DEFINE_DENSE_HALVES(int4, u8, uint8_t, "u8", 1u, -8)
MCX_DEFINE_DENSE_HALVES(int4, s8, int8_t, "s8", 1u, -8)

#endif
