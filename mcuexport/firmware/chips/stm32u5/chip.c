/* STM32U575, TrustZone off: 4 MHz of the internal oscillator, as after reset; USART1 on PA9 and PA10, function 7.
 *
 * RM0456, 11.8 (RCC) and 13.4 (GPIO).  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define RCC_AHB2ENR1 0x46020C8Cu
#define RCC_AHB2ENR1_GPIOA (1u << 0)
#define RCC_APB2ENR 0x46020CA4u
#define RCC_APB2ENR_USART1 (1u << 14)
#define GPIOA_MODER 0x42020000u
#define GPIOA_AFRH 0x42020024u

void chip_start(void)
{
    REGISTER(RCC_AHB2ENR1) |= RCC_AHB2ENR1_GPIOA;
    REGISTER(RCC_APB2ENR) |= RCC_APB2ENR_USART1;
    REGISTER(GPIOA_AFRH) |= 7u << 4 | 7u << 8;
    REGISTER(GPIOA_MODER) = (REGISTER(GPIOA_MODER) & ~0x3C0000u) | 0x280000u;
}
