/* ARM's PL011, as the RP2040 and the RP2350 have it.
 *
 * RP2040 Datasheet, 4.2; PrimeCell UART (PL011), DDI 0183, 3.3.  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define DR (UART + 0x00u)
#define FR (UART + 0x18u)
#define FR_RXFE (1u << 4)
#define FR_TXFF (1u << 5)
#define IBRD (UART + 0x24u)
#define FBRD (UART + 0x28u)
#define LCR_H (UART + 0x2Cu)
#define LCR_H_8_BITS_FIFO (3u << 5 | 1u << 4)
#define CR (UART + 0x30u)
#define CR_ENABLE_TX_RX (1u << 0 | 1u << 8 | 1u << 9)

/* The divisor in 64ths; writing LCR_H is what makes it hold. */
#define DIVISOR ((CLOCK_HZ * 4u + BAUD / 2u) / BAUD)

void uart_start(void)
{
    REGISTER(IBRD) = DIVISOR / 64u;
    REGISTER(FBRD) = DIVISOR % 64u;
    REGISTER(LCR_H) = LCR_H_8_BITS_FIFO;
    REGISTER(CR) = CR_ENABLE_TX_RX;
}

void uart_send(uint8_t byte)
{
    while ((REGISTER(FR) & FR_TXFF) != 0u) {
    }
    REGISTER(DR) = byte;
}

uint8_t uart_receive(void)
{
    while ((REGISTER(FR) & FR_RXFE) != 0u) {
    }
    return (uint8_t)REGISTER(DR);
}
