/* STM32F0x2: 8 MHz of the internal oscillator, as after reset; USART2 on PA2 and PA3, alternate function 1.
 *
 * RM0091, 6.4 (RCC) and 8.4 (GPIO).  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define RCC_AHBENR 0x40021014u
#define RCC_AHBENR_IOPA (1u << 17)
#define RCC_APB1ENR 0x4002101Cu
#define RCC_APB1ENR_USART2 (1u << 17)
#define GPIOA_MODER 0x48000000u
#define GPIOA_AFRL 0x48000020u

void chip_start(void)
{
    REGISTER(RCC_AHBENR) |= RCC_AHBENR_IOPA;
    REGISTER(RCC_APB1ENR) |= RCC_APB1ENR_USART2;
    REGISTER(GPIOA_AFRL) |= 1u << 8 | 1u << 12;
    REGISTER(GPIOA_MODER) = (REGISTER(GPIOA_MODER) & ~0xF0u) | 0xA0u;
}
