/* Bytes from one place to another; the two do not overlap.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_COPY_H
#define MCX_COPY_H

#include <stdint.h>

static inline void mcx_copy(const void *from, void *to, uint32_t n)
{
    const uint8_t *x = (const uint8_t *)from;
    uint8_t *y = (uint8_t *)to;
    while (n > 0u) {
        *y++ = *x++;
        n--;
    }
}

#endif
