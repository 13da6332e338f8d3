/* From reset to main, and from any fault to an exit that says where.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "fault.h"
#include "link.h"

int main(void);
void startup_run(void);
void startup_fault(void);
void startup_report_fault(const uint32_t *frame);

void startup_run(void)
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

/* helium/coprocessors.c has more to do before. */
__attribute__((weak, alias("startup_run"))) void startup_reset(void);

/* frame: what the core pushed: r0-r3, r12, lr, pc, xpsr. */
__attribute__((used)) void startup_report_fault(const uint32_t *frame)
{
    fault_report(frame[6], frame);
}

__attribute__((naked)) void startup_fault(void)
{
    __asm__ volatile("mrs r0, msp\n\t"
                     "bl startup_report_fault");
}

/* The timer of counters/systick, where it is used. */
__attribute__((weak, alias("startup_fault"))) void startup_tick(void);

/* No other interrupt is ever enabled, so the table ends after the 16 entries of the core itself. */
typedef struct {
    uint32_t *stack_top;
    void (*reset)(void);
    void (*others[13])(void);
    void (*tick)(void);
} startup_vectors_t;

__attribute__((section(".vectors"), used)) static const startup_vectors_t vectors = {
    link_stack_top,
    startup_reset,
    {startup_fault, startup_fault, startup_fault, startup_fault, startup_fault, startup_fault, startup_fault,
     startup_fault, startup_fault, startup_fault, startup_fault, startup_fault, startup_fault},
    startup_tick,
};
