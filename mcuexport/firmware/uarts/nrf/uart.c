/* The UART without DMA of the nRF51, which the nRF52 still has; and its pins, PIN_TX and PIN_RX (P1.x is 32 + x).
 *
 * nRF51 Series Reference Manual, version 3.0, chapters 13 and 28; nRF52840 Product Specification, 6.9 and 6.33.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define GPIO(pin) (0x50000000u + ((pin) / 32u) * 0x300u)
#define OUTSET(pin) (GPIO(pin) + 0x508u)
#define PIN_CNF(pin) (GPIO(pin) + 0x700u + 4u * ((pin) % 32u))
#define PIN_CNF_INPUT 0u
#define PIN_CNF_OUTPUT 3u

#define TASKS_STARTRX (UART + 0x000u)
#define TASKS_STARTTX (UART + 0x008u)
#define EVENTS_RXDRDY (UART + 0x108u)
#define EVENTS_TXDRDY (UART + 0x11Cu)
#define ENABLE (UART + 0x500u)
#define ENABLE_UART 4u
#define PSELTXD (UART + 0x50Cu)
#define PSELRXD (UART + 0x514u)
#define RXD (UART + 0x518u)
#define TXD (UART + 0x51Cu)
#define BAUDRATE (UART + 0x524u)
#define BAUDRATE_115200 0x01D7E000u

void uart_start(void)
{
    REGISTER(OUTSET(PIN_TX)) = 1u << (PIN_TX % 32u);
    REGISTER(PIN_CNF(PIN_TX)) = PIN_CNF_OUTPUT;
    REGISTER(PIN_CNF(PIN_RX)) = PIN_CNF_INPUT;
    REGISTER(PSELTXD) = PIN_TX;
    REGISTER(PSELRXD) = PIN_RX;
    REGISTER(BAUDRATE) = BAUDRATE_115200;
    REGISTER(ENABLE) = ENABLE_UART;
    REGISTER(TASKS_STARTTX) = 1u;
    REGISTER(TASKS_STARTRX) = 1u;
}

void uart_send(uint8_t byte)
{
    REGISTER(EVENTS_TXDRDY) = 0u;
    REGISTER(TXD) = byte;
    while (REGISTER(EVENTS_TXDRDY) == 0u) {
    }
}

/* The event is cleared before the data is read, which lets the next byte of six come forward. */
uint8_t uart_receive(void)
{
    while (REGISTER(EVENTS_RXDRDY) == 0u) {
    }
    REGISTER(EVENTS_RXDRDY) = 0u;
    return (uint8_t)REGISTER(RXD);
}
