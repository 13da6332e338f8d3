/* Constants in flash, which an AVR reads with instructions of its own: gcc's address space __flash, the first 64 KB.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MEMORY_H
#define MCX_MEMORY_H

#include <stdint.h>

#define MCX_CONST const __flash

/* Copied to the stack, for as long as the caller's block lasts. */
#define MCX_AS_DATA(type, constants, n) \
    ((const type *)mcx_copy_constants((type[n]){0}, (MCX_CONST uint8_t *)(constants), sizeof(type) * (n)))

/* Every load is of a byte. */
#define MCX_ALIGNMENT 1u

static inline const void *mcx_copy_constants(void *copy, MCX_CONST uint8_t *constants, uint32_t bytes)
{
    uint8_t *to = (uint8_t *)copy;
    for (; bytes > 0u; bytes--) {
        *to++ = *constants++;
    }
    return copy;
}

#endif
