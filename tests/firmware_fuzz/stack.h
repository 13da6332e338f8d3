/* No stack is measured: sanitizers have one of their own.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_STACK_H
#define MCX_FIRMWARE_STACK_H

#include <stddef.h>
#include <stdint.h>

typedef volatile uint32_t stack_word_t;

static inline stack_word_t *stack_paint(void)
{
    return NULL;
}

static inline uint32_t stack_used(const stack_word_t *top)
{
    (void)top;
    return 0u;
}

#endif
