/* As bare/stack.h, with avr-libc's memory: variables from below, the stack from above.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_STACK_H
#define MCX_FIRMWARE_STACK_H

#include <avr/io.h>
#include <stdint.h>

#include "board.h"
#include "fault.h"

typedef volatile uint8_t stack_word_t;

extern stack_word_t __heap_start[];

/* Paints from the end of the variables up to where the stack now ends, which it answers.  Inlined always: SP is the
 * caller's. */
__attribute__((always_inline)) static inline stack_word_t *stack_paint(void)
{
    stack_word_t *const top = (stack_word_t *)SP;
    for (stack_word_t *byte = __heap_start; byte != top; byte++) {
        *byte = (uint8_t)MCX_BOARD_PAINT;
    }
    return top;
}

/* The bytes below `top` that were touched since. */
static inline uint32_t stack_used(const stack_word_t *top)
{
    const stack_word_t *lowest = __heap_start;
    if (*lowest != (uint8_t)MCX_BOARD_PAINT) {
        fault_stack_overflow();
    }
    while (lowest != top && *lowest == (uint8_t)MCX_BOARD_PAINT) {
        lowest++;
    }
    return (uint32_t)(top - lowest);
}

#endif
