/* Cycles by the SysTick timer, 24 bits that count down, and an interrupt at each wrap for the other 8.
 *
 * ARMv6-M Architecture Reference Manual, DDI 0419, B3.3; the same in ARMv7-M and ARMv8-M.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define SYST_CSR 0xE000E010u
#define SYST_RVR 0xE000E014u
#define SYST_CVR 0xE000E018u
#define ENABLE_INTERRUPT_CORE_CLOCK 7u
#define RELOAD 0xFFFFFFu

void startup_tick(void);

static volatile uint32_t wraps;

void startup_tick(void)
{
    wraps++;
}

void counter_start(void)
{
    REGISTER(SYST_RVR) = RELOAD;
    REGISTER(SYST_CVR) = 0u;
    REGISTER(SYST_CSR) = ENABLE_INTERRUPT_CORE_CLOCK;
}

uint32_t counter_read(void)
{
    uint32_t high;
    uint32_t low;
    do {
        high = wraps;
        low = RELOAD - REGISTER(SYST_CVR);
    } while (high != wraps);
    return (high << 24) + low;
}
