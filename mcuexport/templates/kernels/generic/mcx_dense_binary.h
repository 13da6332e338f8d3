/* Dense layer with binary weights: 1 bit, level = 2 code - 1.
 * Layout: rows.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BINARY_H
#define MCX_DENSE_BINARY_H

#include "mcx_dense.h"

static inline int32_t mcx_level_binary(uint32_t code)
{
    return 2 * (int32_t)code - 1;
}

MCX_DEFINE_DENSE_OF_BIT_FIELDS(binary, 1u)

#endif
