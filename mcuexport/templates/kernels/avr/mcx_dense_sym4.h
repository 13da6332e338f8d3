/* Dense layer with sym4 weights: 4 bits, level = 2 code - 15.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM4_H
#define MCX_DENSE_SYM4_H

#include "mcx_dense_codes.h"

MCX_DEFINE_ALL_DENSE_OF_CODES(sym4, 4, 2, -15)

#endif
