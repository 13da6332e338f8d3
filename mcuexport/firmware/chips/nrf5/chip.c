/* nRF51 and nRF52: 16 and 64 MHz, timed by the crystal that every module has, for an exact baud rate.
 *
 * nRF51 Series Reference Manual, version 3.0, chapter 12; nRF52840 Product Specification, 5.4.  Run on QEMU's nRF51
 * only.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define CLOCK_TASKS_HFCLKSTART 0x40000000u
#define CLOCK_EVENTS_HFCLKSTARTED 0x40000100u

void chip_start(void)
{
    REGISTER(CLOCK_TASKS_HFCLKSTART) = 1u;
    while (REGISTER(CLOCK_EVENTS_HFCLKSTARTED) == 0u) {
    }
}
