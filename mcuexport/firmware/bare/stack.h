/* How deep a call reaches into the stack: paint what is free, call, look for the lowest word that changed.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_STACK_H
#define MCX_FIRMWARE_STACK_H

#include "arch.h"
#include "board.h"
#include "fault.h"
#include "link.h"

typedef volatile uint32_t stack_word_t;

/* Paints from the stack's limit up to where it now ends, which it answers.  Inlined always: sp is the caller's. */
__attribute__((always_inline)) static inline stack_word_t *stack_paint(void)
{
    stack_word_t *const top = arch_stack_pointer();
    for (stack_word_t *word = link_stack_limit; word != top; word++) {
        *word = MCX_BOARD_PAINT;
    }
    return top;
}

/* The bytes below `top` that were touched since. */
static inline uint32_t stack_used(const stack_word_t *top)
{
    const stack_word_t *lowest = link_stack_limit;
    if (*lowest != MCX_BOARD_PAINT) {
        fault_stack_overflow();
    }
    while (lowest != top && *lowest == MCX_BOARD_PAINT) {
        lowest++;
    }
    return (uint32_t)(top - lowest) * 4u;
}

#endif
