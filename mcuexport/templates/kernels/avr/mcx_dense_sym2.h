/* Dense layer with sym2 weights: 2 bits, level = 2 code - 3.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_SYM2_H
#define MCX_DENSE_SYM2_H

#include "mcx_dense_codes.h"

MCX_DEFINE_ALL_DENSE_OF_CODES(sym2, 2, 2, -3)

#endif
