/* The USART with registers of their own for data in and out: STM32F0, G0, H7, U5 and most others since 2012.
 *
 * RM0091 (STM32F0x1), 27.8; RM0433 (STM32H743), 48.8.  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define CR1 (UART + 0x00u)
#define CR1_UE_RE_TE (1u << 0 | 1u << 2 | 1u << 3)
#define BRR (UART + 0x0Cu)
#define ISR (UART + 0x1Cu)
#define ISR_RXNE (1u << 5)
#define ISR_TXE (1u << 7)
#define ICR (UART + 0x20u)
#define ICR_ORECF (1u << 3)
#define RDR (UART + 0x24u)
#define TDR (UART + 0x28u)

void uart_start(void)
{
    REGISTER(BRR) = (CLOCK_HZ + BAUD / 2u) / BAUD;
    REGISTER(CR1) = CR1_UE_RE_TE;
}

void uart_send(uint8_t byte)
{
    while ((REGISTER(ISR) & ISR_TXE) == 0u) {
    }
    REGISTER(TDR) = byte;
}

/* An overrun loses a byte, which the frame's CRC tells, but must not stop what comes after. */
uint8_t uart_receive(void)
{
    while ((REGISTER(ISR) & ISR_RXNE) == 0u) {
    }
    REGISTER(ICR) = ICR_ORECF;
    return (uint8_t)REGISTER(RDR);
}
