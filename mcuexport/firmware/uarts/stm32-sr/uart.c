/* The USART with a status and one data register: STM32F1, F2, F4 and L1, GD32VF103, CH32V.
 *
 * RM0008 (STM32F10x), 27.6; CH32V003 Reference Manual, 12.10.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define SR (UART + 0x00u)
#define SR_RXNE (1u << 5)
#define SR_TXE (1u << 7)
#define DR (UART + 0x04u)
#define BRR (UART + 0x08u)
#define CR1 (UART + 0x0Cu)
#define CR1_UE_TE_RE (1u << 13 | 1u << 3 | 1u << 2)

void uart_start(void)
{
    REGISTER(BRR) = (CLOCK_HZ + BAUD / 2u) / BAUD;
    REGISTER(CR1) = CR1_UE_TE_RE;
}

void uart_send(uint8_t byte)
{
    while ((REGISTER(SR) & SR_TXE) == 0u) {
    }
    REGISTER(DR) = byte;
}

/* Reading the status and then the data clears an overrun, too. */
uint8_t uart_receive(void)
{
    while ((REGISTER(SR) & SR_RXNE) == 0u) {
    }
    return (uint8_t)REGISTER(DR);
}
