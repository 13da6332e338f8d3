/* Bits turned round where `flip` has a 1.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FLIP_H
#define MCX_FLIP_H

#include "mcx_memory.h"

#include <stddef.h>
#include <stdint.h>

static inline void mcx_flip(const uint32_t *x, MCX_CONST uint32_t *flip, uint32_t *y, uint32_t words)
{
    for (uint32_t i = 0u; i < words; i++) {
        y[i] = x[i] ^ flip[i];
    }
}

#endif
