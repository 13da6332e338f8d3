/* From the first instruction to main, and from any trap to an exit that says where.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "board.h"
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

__attribute__((used)) void startup_report_trap(uint32_t address)
{
    char text[] = "trap at 0x________\n";
    for (uint32_t digit = 0u; digit < 8u; digit++) {
        text[10u + digit] = "0123456789abcdef"[(address >> (28u - 4u * digit)) & 15u];
    }
    mcx_board_say(text);
    mcx_board_exit(MCX_BOARD_FAULT);
}

__attribute__((naked, used, aligned(4))) void startup_trap(void)
{
    __asm__ volatile(".option push\n\t"
                     ".option arch, +zicsr\n\t"
                     "csrr  a0, mepc\n\t"
                     "la    sp, link_stack_top\n\t"
                     "j     startup_report_trap\n\t"
                     ".option pop");
}
