/* Last words as numbers, which the other end makes a sentence of: text would take flash.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "fault.h"

#include "board.h"
#include "chip.h"
#include "frame.h"

static void tell(uint32_t reason, uint32_t address)
{
    const uint32_t words[3] = {reason, mcx_operators_done, address};
    frame_send('F', 0u, words, sizeof words);
    for (;;) {
        uart_receive();
    }
}

void fault_report(uint32_t address, const uint32_t *registers)
{
    (void)registers;
    tell(MCX_BOARD_FAULT, address);
}

void fault_stack_overflow(void)
{
    tell(MCX_BOARD_STACK_OVERFLOW, 0u);
}
