/* CH32V003 and CH32V00x: 48 MHz, twice the internal oscillator, with FLASH_LATENCY waits; USART1 on PD5 and PD6.
 *
 * CH32V003 Reference Manual, 3.4 (RCC), 7.3 (GPIO), 16.4 (FLASH_ACTLR).  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define RCC_CTLR 0x40021000u
#define RCC_CTLR_HSI_PLL (1u << 0 | 1u << 24)
#define RCC_CTLR_PLLRDY (1u << 25)
#define RCC_CFGR0 0x40021004u
#define RCC_CFGR0_PLL 2u
#define RCC_CFGR0_RUNS_ON_PLL (2u << 2)
#define RCC_APB2PCENR 0x40021018u
#define RCC_APB2PCENR_IOPD_USART1 (1u << 5 | 1u << 14)
#define FLASH_ACTLR 0x40022000u
#define GPIOD_CFGLR 0x40011400u
/* PD5: output of the USART; PD6: floating input; PD1 stays what the debugger's wire needs. */
#define PD5_ALTERNATE (0xAu << 20)

/* Writing CFGR0 clears the divisors of 3 that reset leaves; the PLL's source is the oscillator. */
void chip_start(void)
{
    REGISTER(FLASH_ACTLR) = FLASH_LATENCY;
    REGISTER(RCC_CFGR0) = 0u;
    REGISTER(RCC_CTLR) |= RCC_CTLR_HSI_PLL;
    while ((REGISTER(RCC_CTLR) & RCC_CTLR_PLLRDY) == 0u) {
    }
    REGISTER(RCC_CFGR0) = RCC_CFGR0_PLL;
    while ((REGISTER(RCC_CFGR0) & RCC_CFGR0_RUNS_ON_PLL) == 0u) {
    }
    REGISTER(RCC_APB2PCENR) |= RCC_APB2PCENR_IOPD_USART1;
    REGISTER(GPIOD_CFGLR) = (REGISTER(GPIOD_CFGLR) & ~(0xFu << 20)) | PD5_ALTERNATE;
}
