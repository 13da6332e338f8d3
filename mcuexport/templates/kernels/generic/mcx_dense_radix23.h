/* Dense layer with radix23 weights: seven to a word, level = code - 11.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_RADIX23_H
#define MCX_DENSE_RADIX23_H

#include "mcx_dense.h"
#include "mcx_dot_radix23.h"

MCX_DEFINE_DENSE(radix23, u8, uint8_t)
MCX_DEFINE_DENSE(radix23, s8, int8_t)
MCX_DEFINE_DENSE_NOT_NEGATIVE(radix23)

#endif
