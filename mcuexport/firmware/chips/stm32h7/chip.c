/* STM32H743: 64 MHz of the internal oscillator, as after reset; USART3 on PD8 and PD9, alternate function 7.
 *
 * RM0433, 6.4.1 (supply), 8.7 (RCC) and 11.4 (GPIO).  Variables lie in the DTCM.  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define PWR_CSR1 0x58024804u
#define PWR_CSR1_ACTVOSRDY (1u << 13)
#define PWR_CR3 0x5802480Cu
#define PWR_CR3_LDO_SUPPLY (1u << 1 | 1u << 2)
#define RCC_AHB4ENR 0x580244E0u
#define RCC_AHB4ENR_GPIOD (1u << 3)
#define RCC_APB1LENR 0x580244E8u
#define RCC_APB1LENR_USART3 (1u << 18)
#define GPIOD_MODER 0x58020C00u
#define GPIOD_AFRH 0x58020C24u

/* The supply can be written once after power-on; until then the chip stays in its Run* mode. */
void chip_start(void)
{
    REGISTER(PWR_CR3) = PWR_CR3_LDO_SUPPLY;
    while ((REGISTER(PWR_CSR1) & PWR_CSR1_ACTVOSRDY) == 0u) {
    }
    REGISTER(RCC_AHB4ENR) |= RCC_AHB4ENR_GPIOD;
    REGISTER(RCC_APB1LENR) |= RCC_APB1LENR_USART3;
    REGISTER(GPIOD_AFRH) |= 7u << 0 | 7u << 4;
    REGISTER(GPIOD_MODER) = (REGISTER(GPIOD_MODER) & ~0xF0000u) | 0xA0000u;
}
