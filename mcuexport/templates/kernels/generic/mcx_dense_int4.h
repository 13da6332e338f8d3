/* Dense layer with int4 weights: 4 bits, level = code - 8.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT4_H
#define MCX_DENSE_INT4_H

#include "mcx_dense.h"

static inline int32_t mcx_level_int4(uint32_t code)
{
    return (int32_t)code - 8;
}

MCX_DEFINE_DENSE_OF_BIT_FIELDS(int4, 4u)

#endif
