/* STM32F4: 16 MHz of the internal oscillator, as after reset; USART2 on PA2 and PA3, alternate function 7.
 *
 * RM0390 (STM32F446), 6.3 (RCC) and 7.4 (GPIO).  Run on QEMU's STM32F405 only.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define RCC_AHB1ENR 0x40023830u
#define RCC_AHB1ENR_GPIOA (1u << 0)
#define RCC_APB1ENR 0x40023840u
#define RCC_APB1ENR_USART2 (1u << 17)
#define GPIOA_MODER 0x40020000u
#define GPIOA_AFRL 0x40020020u

void chip_start(void)
{
    REGISTER(RCC_AHB1ENR) |= RCC_AHB1ENR_GPIOA;
    REGISTER(RCC_APB1ENR) |= RCC_APB1ENR_USART2;
    REGISTER(GPIOA_AFRL) |= 7u << 8 | 7u << 12;
    REGISTER(GPIOA_MODER) = (REGISTER(GPIOA_MODER) & ~0xF0u) | 0xA0u;
}
