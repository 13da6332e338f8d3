/* How deep a run reaches into the stack: paint what is free, call, look for the lowest word that changed.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "arch.h"
#include "board.h"
#include "link.h"

/* sp is the same when it is read, when mcx_model_run is called and after: this function pushes nothing between. */
uint32_t mcx_board_run(const MCX_MODEL_INPUT_T *input, int32_t *output, void *scratch)
{
    volatile uint32_t *const top = arch_stack_pointer();
    for (volatile uint32_t *word = link_stack_limit; word != top; word++) {
        *word = MCX_BOARD_PAINT;
    }
    mcx_model_run(input, output, scratch);
    volatile uint32_t *lowest = link_stack_limit;
    if (*lowest != MCX_BOARD_PAINT) {
        mcx_board_say("the stack overflowed\n");
        mcx_board_exit(MCX_BOARD_STACK_OVERFLOW);
    }
    while (lowest != top && *lowest == MCX_BOARD_PAINT) {
        lowest++;
    }
    return (uint32_t)(top - lowest) * 4u;
}
