/* STM32F1 and GD32VF103: 8 MHz of the internal oscillator, as after reset; USART1 on PA9 and PA10.
 *
 * RM0008, 7.3 (RCC) and 9.2 (GPIO); GD32VF103 User Manual, 5.3 and 7.5.  Run on QEMU's STM32F100 only.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define RCC_APB2ENR 0x40021018u
#define RCC_APB2ENR_IOPA_USART1 (1u << 2 | 1u << 14)
#define GPIOA_CRH 0x40010804u
/* PA9: output of the USART, 2 MHz; PA10 and all others: floating input, as after reset. */
#define PA9_ALTERNATE 0x444444A4u

void chip_start(void)
{
    REGISTER(RCC_APB2ENR) |= RCC_APB2ENR_IOPA_USART1;
    REGISTER(GPIOA_CRH) = PA9_ALTERNATE;
}
