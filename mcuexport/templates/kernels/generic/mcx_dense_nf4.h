/* Dense layer with nf4 weights, 4 bits each.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_NF4_H
#define MCX_DENSE_NF4_H

#include "mcx_dense.h"
#include "mcx_levels_nf4.h"

MCX_DEFINE_DENSE_OF_BIT_FIELDS(nf4, 4u)

#endif
