/* Cycles by CYCCNT of the data watchpoint and trace unit.
 *
 * ARMv7-M Architecture Reference Manual, DDI 0403, C1.8; the lock (LAR) is the Cortex-M7's.  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define DEMCR 0xE000EDFCu
#define DEMCR_TRCENA (1u << 24)
#define DWT_CTRL 0xE0001000u
#define DWT_CTRL_CYCCNTENA 1u
#define DWT_CYCCNT 0xE0001004u
#define DWT_LAR 0xE0001FB0u
#define UNLOCK 0xC5ACCE55u

void counter_start(void)
{
    REGISTER(DEMCR) |= DEMCR_TRCENA;
    REGISTER(DWT_LAR) = UNLOCK;
    REGISTER(DWT_CYCCNT) = 0u;
    REGISTER(DWT_CTRL) |= DWT_CTRL_CYCCNTENA;
}

uint32_t counter_read(void)
{
    return REGISTER(DWT_CYCCNT);
}
