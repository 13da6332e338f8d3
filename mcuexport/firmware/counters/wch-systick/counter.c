/* Cycles by the STK timer of QingKe V2 cores, 32 bits that count up; they have no mcycle.
 *
 * QingKe V2 Processor Manual, "SysTick"; CH32V003 Reference Manual, 6.5.4.  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define STK_CTLR 0xE000F000u
#define STK_CTLR_ENABLE_HCLK 5u
#define STK_CNTL 0xE000F008u

void counter_start(void)
{
    REGISTER(STK_CTLR) = STK_CTLR_ENABLE_HCLK;
}

uint32_t counter_read(void)
{
    return REGISTER(STK_CNTL);
}
