/* Dense layer with sym4 weights: 4 bits, level = 2 code - 15.
 * Layout: halves.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_H
#define MCX_DENSE_SYM4_H

#include "mcx_halves.h"

MCX_DEFINE_DENSE_HALVES(sym4, u7, int8_t, "u8", 2u, -15)
MCX_DEFINE_DENSE_HALVES(sym4, u8, uint8_t, "u8", 2u, -15)
MCX_DEFINE_DENSE_HALVES(sym4, s8, int8_t, "s8", 2u, -15)

#endif
