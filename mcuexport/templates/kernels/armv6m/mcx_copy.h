/* Bytes from one place to another; the two do not overlap.
 *
 * For ARMv6-M and later: by words where both are aligned.
 *
 * Budget: 13 cycles for 16 bytes, 7 for a byte that is not part of a word.
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
    if ((((uintptr_t)x | (uintptr_t)y) & 3u) == 0u) {
        for (; n >= 16u; n -= 16u) {
            __asm__ volatile("ldm  %[x]!, {r2, r3, r4, r5}\n\t"
                             "stm  %[y]!, {r2, r3, r4, r5}"
                             : [x] "+l"(x), [y] "+l"(y)
                             :
                             : "r2", "r3", "r4", "r5", "memory");
        }
        for (; n >= 4u; n -= 4u) {
            __asm__ volatile("ldm  %[x]!, {r2}\n\t"
                             "stm  %[y]!, {r2}"
                             : [x] "+l"(x), [y] "+l"(y)
                             :
                             : "r2", "memory");
        }
    }
    while (n > 0u) {
        *y++ = *x++;
        n--;
    }
}

#endif
