/* Reset of a core with Helium: its registers belong to coprocessors 10 and 11, which are off until CPACR says otherwise.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define CPACR_CP10_CP11_FULL (0xFu << 20)

void startup_reset(void);
void startup_run(void);

/* Nothing before the barriers may use them. */
void startup_reset(void)
{
    CPACR |= CPACR_CP10_CP11_FULL;
    __asm__ volatile("dsb\n\t"
                     "isb" ::: "memory");
    startup_run();
}
