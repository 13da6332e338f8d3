/* Bits to bytes: +1 for 1, -1 for 0.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_UNPACK_H
#define MCX_UNPACK_H

#include <stddef.h>
#include <stdint.h>

static inline void mcx_unpack(const uint32_t *x, int8_t *y, uint32_t n)
{
    for (uint32_t i = 0u; i < n; i += 32u) {
        uint32_t word = *x++;
        for (uint32_t k = i; k < n && k < i + 32u; k++) {
            y[k] = (word & 1u) != 0u ? 1 : -1;
            word >>= 1;
        }
    }
}

#endif
