/* An activation function as the table of its values; the index is the input's byte, so -1 is entry 255.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_TABLE_H
#define MCX_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

static inline void mcx_table(const int8_t *x, MCX_CONST int8_t *table, int8_t *y, uint32_t n)
{
    for (uint32_t i = 0u; i < n; i++) {
        y[i] = table[(uint8_t)x[i]];
    }
}

#endif
