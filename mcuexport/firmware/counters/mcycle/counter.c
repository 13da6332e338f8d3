/* Cycles by the core's own mcycle.
 *
 * The RISC-V Instruction Set Manual, volume II, 3.1.10.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

void counter_start(void)
{
}

uint32_t counter_read(void)
{
    uint32_t cycles;
    __asm__ volatile(".option push\n\t"
                     ".option arch, +zicsr\n\t"
                     "csrr %0, mcycle\n\t"
                     ".option pop"
                     : "=r"(cycles));
    return cycles;
}
