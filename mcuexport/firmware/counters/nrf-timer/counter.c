/* Cycles of the nRF51 by TIMER0: 32 bits at 16 MHz, which is its core clock.
 *
 * nRF51 Series Reference Manual, version 3.0, chapter 18.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define TIMER0 0x40008000u
#define TASKS_START (TIMER0 + 0x000u)
#define TASKS_CAPTURE0 (TIMER0 + 0x040u)
#define BITMODE (TIMER0 + 0x508u)
#define BITMODE_32 3u
#define PRESCALER (TIMER0 + 0x510u)
#define CC0 (TIMER0 + 0x540u)

void counter_start(void)
{
    REGISTER(BITMODE) = BITMODE_32;
    REGISTER(PRESCALER) = 0u;
    REGISTER(TASKS_START) = 1u;
}

uint32_t counter_read(void)
{
    REGISTER(TASKS_CAPTURE0) = 1u;
    return REGISTER(CC0);
}
