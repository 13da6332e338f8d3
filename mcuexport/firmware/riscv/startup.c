/* From the first instruction to main, and from any trap to an exit that says where.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "link.h"

int main(void);
void startup_reset(void);

/* What goes into mtvec.  WCH's cores want the table at the start of CODE, and 3 for entries that are addresses. */
#ifndef STARTUP_MTVEC
#define STARTUP_MTVEC startup_trap
#endif
#define TEXT_EXPANDED(macro) #macro
#define TEXT(macro) TEXT_EXPANDED(macro)

/* The machine begins at the first address of CODE.  The jump to startup_reset is to an absolute address, for chips
 * that begin in an alias of their flash.  GigaDevice's cores want the trap's address to be a multiple of 64.
 * A trap keeps x1 .. x15, the registers of every RV32, where the stack began: nothing returns there. */
__asm__(".pushsection .vectors, \"ax\", @progbits\n\t"
        ".option push\n\t"
        ".option arch, +zicsr\n\t"
        ".global startup_entry\n"
        "startup_entry:\n\t"
        ".option push\n\t"
        ".option norvc\n\t"
        "j     startup_begin\n\t" /* 4 bytes */
        ".option pop\n\t"
        ".word 0\n\t"
        ".word startup_trap\n\t" /* NMI */
        ".word startup_trap\n"   /* exceptions */
        "startup_begin:\n\t"
        ".option push\n\t"
        ".option norelax\n\t"
        "la    gp, __global_pointer$\n\t"
        ".option pop\n\t"
        "la    sp, link_stack_top\n\t"
        "la    t0, " TEXT(STARTUP_MTVEC) "\n\t"
        "csrw  mtvec, t0\n\t"
        "la    t0, startup_reset\n\t"
        "jr    t0\n\t"
        ".balign 64\n"
        "startup_trap:\n\t"
        "csrw  mscratch, sp\n\t"
        "la    sp, link_stack_top - 64\n\t"
        "sw    x1, 0(sp)\n\t"
        "sw    x3, 8(sp)\n\t"
        "sw    x4, 12(sp)\n\t"
        "sw    x5, 16(sp)\n\t"
        "sw    x6, 20(sp)\n\t"
        "sw    x7, 24(sp)\n\t"
        "sw    x8, 28(sp)\n\t"
        "sw    x9, 32(sp)\n\t"
        "sw    x10, 36(sp)\n\t"
        "sw    x11, 40(sp)\n\t"
        "sw    x12, 44(sp)\n\t"
        "sw    x13, 48(sp)\n\t"
        "sw    x14, 52(sp)\n\t"
        "sw    x15, 56(sp)\n\t"
        "csrr  a0, mscratch\n\t"
        "sw    a0, 4(sp)\n\t"
        "csrr  a0, mepc\n\t"
        "mv    a1, sp\n\t"
        "j     fault_report\n\t"
        ".option pop\n\t"
        ".popsection");

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
