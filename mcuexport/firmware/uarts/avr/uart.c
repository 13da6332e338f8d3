/* USART0 of the ATmega328P.
 *
 * ATmega328P data sheet, DS40002061, 19.10.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <avr/io.h>

#include "chip.h"

/* At double speed a bit takes 8 cycles of the divisor: 17 at 16 MHz, 2 % fast, as Arduino's own. */
void uart_start(void)
{
    UBRR0 = (uint16_t)((CLOCK_HZ / 4u / BAUD - 1u) / 2u);
    UCSR0A = 1u << U2X0;
    UCSR0B = 1u << RXEN0 | 1u << TXEN0;
}

void uart_send(uint8_t byte)
{
    while ((UCSR0A & 1u << UDRE0) == 0u) {
    }
    UDR0 = byte;
}

uint8_t uart_receive(void)
{
    while ((UCSR0A & 1u << RXC0) == 0u) {
    }
    return UDR0;
}
