/* Last words as text, "trap at <address> (ra=<value>, .., operators done: <n>)", and an exit.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "fault.h"

#include "arch.h"
#include "board.h"

static void say_number(uint32_t number)
{
    char text[] = "0x________";
    for (uint32_t digit = 0u; digit < 8u; digit++) {
        text[2u + digit] = "0123456789abcdef"[(number >> (28u - 4u * digit)) & 15u];
    }
    mcx_board_say(text);
}

__attribute__((weak)) void fault_report(uint32_t address, const uint32_t *registers)
{
    mcx_board_say(ARCH_FAULT " at ");
    say_number(address);
    mcx_board_say(" (");
    for (const char *names = ARCH_REGISTERS; *names != '\0'; names += 2) {
        const char name[] = {names[0], names[1], '=', '\0'};
        mcx_board_say(name);
        say_number(*registers++);
        mcx_board_say(", ");
    }
    mcx_board_say("operators done: ");
    say_number(mcx_operators_done);
    mcx_board_say(")\n");
    mcx_board_exit(MCX_BOARD_FAULT);
}

__attribute__((weak)) void fault_stack_overflow(void)
{
    mcx_board_say("the stack overflowed\n");
    mcx_board_exit(MCX_BOARD_STACK_OVERFLOW);
}
