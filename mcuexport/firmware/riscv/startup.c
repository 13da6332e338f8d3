/* From the first instruction to main, and from any trap to an exit that says where.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "fault.h"
#include "link.h"

int main(void);
void startup_entry(void);
void startup_reset(void);
void startup_trap(void);
void startup_report_trap(uint32_t address);

/* The machine begins at the first address of CODE. */
__attribute__((naked, used, section(".vectors"))) void startup_entry(void)
{
    __asm__ volatile(".option push\n\t"
                     ".option arch, +zicsr\n\t"
                     "la    sp, link_stack_top\n\t"
                     "la    t0, startup_trap\n\t"
                     "csrw  mtvec, t0\n\t"
                     "j     startup_reset\n\t"
                     ".option pop");
}

__attribute__((used)) void startup_reset(void)
{
    const uint32_t *from = link_data_load;
    for (uint32_t *to = link_data_start; to != link_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = link_bss_start; to != link_bss_end; to++) {
        *to = 0u;
    }
    main();
}

/* x1 .. x15 as they were at the trap; the rest belongs to no RV32E. */
__attribute__((used)) static uint32_t startup_registers[15];

__attribute__((used)) void startup_report_trap(uint32_t address)
{
    fault_report("trap", address, "raspgptpt0t1t2s0s1a0a1a2a3a4a5", startup_registers);
}

__attribute__((naked, used, aligned(4))) void startup_trap(void)
{
    __asm__ volatile(".option push\n\t"
                     ".option arch, +zicsr\n\t"
                     "csrw  mscratch, t0\n\t"
                     "la    t0, startup_registers\n\t"
                     "sw    x1, 0(t0)\n\t"
                     "sw    x2, 4(t0)\n\t"
                     "sw    x3, 8(t0)\n\t"
                     "sw    x4, 12(t0)\n\t"
                     "sw    x6, 20(t0)\n\t"
                     "sw    x7, 24(t0)\n\t"
                     "sw    x8, 28(t0)\n\t"
                     "sw    x9, 32(t0)\n\t"
                     "sw    x10, 36(t0)\n\t"
                     "sw    x11, 40(t0)\n\t"
                     "sw    x12, 44(t0)\n\t"
                     "sw    x13, 48(t0)\n\t"
                     "sw    x14, 52(t0)\n\t"
                     "sw    x15, 56(t0)\n\t"
                     "csrr  a0, mscratch\n\t"
                     "sw    a0, 16(t0)\n\t"
                     "csrr  a0, mepc\n\t"
                     "la    sp, link_stack_top\n\t"
                     "j     startup_report_trap\n\t"
                     ".option pop");
}
