/* STM32G0x1: 16 MHz of the internal oscillator, as after reset; USART2 on PA2 and PA3, alternate function 1.
 *
 * RM0444, 5.4 (RCC) and 7.4 (GPIO).  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define RCC_IOPENR 0x40021034u
#define RCC_IOPENR_GPIOA (1u << 0)
#define RCC_APBENR1 0x4002103Cu
#define RCC_APBENR1_USART2 (1u << 17)
#define GPIOA_MODER 0x50000000u
#define GPIOA_AFRL 0x50000020u

/* Pins are analogue (3) after reset. */
void chip_start(void)
{
    REGISTER(RCC_IOPENR) |= RCC_IOPENR_GPIOA;
    REGISTER(RCC_APBENR1) |= RCC_APBENR1_USART2;
    REGISTER(GPIOA_AFRL) |= 1u << 8 | 1u << 12;
    REGISTER(GPIOA_MODER) = (REGISTER(GPIOA_MODER) & ~0xF0u) | 0xA0u;
}
