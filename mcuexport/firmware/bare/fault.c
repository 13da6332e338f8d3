/* The last words of a program that faulted.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "fault.h"

#include "board.h"

static void say_number(uint32_t number)
{
    char text[] = "0x________";
    for (uint32_t digit = 0u; digit < 8u; digit++) {
        text[2u + digit] = "0123456789abcdef"[(number >> (28u - 4u * digit)) & 15u];
    }
    mcx_board_say(text);
}

void fault_report(const char *kind, uint32_t address, const char *names, const uint32_t *values)
{
    mcx_board_say(kind);
    mcx_board_say(" at ");
    say_number(address);
    mcx_board_say(" (");
    for (; *names != '\0'; names += 2) {
        const char name[] = {names[0], names[1], '=', '\0'};
        mcx_board_say(name);
        say_number(*values++);
        mcx_board_say(", ");
    }
    mcx_board_say("operators done: ");
    say_number(mcx_operators_done);
    mcx_board_say(")\n");
    mcx_board_exit(MCX_BOARD_FAULT);
}
