/* Dense layer with fp130 weights, 4 bits each.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_FP130_H
#define MCX_DENSE_FP130_H

#include "mcx_dense.h"
#include "mcx_levels_fp130.h"

MCX_DEFINE_DENSE_OF_BIT_FIELDS(fp130, 4u)

#endif
