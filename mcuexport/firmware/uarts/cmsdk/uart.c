/* The UART of ARM's Cortex-M System Design Kit, on MPS2 boards.
 *
 * Cortex-M System Design Kit, DDI 0479, 4.3.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define DATA (UART + 0x00u)
#define STATE (UART + 0x04u)
#define STATE_TX_FULL (1u << 0)
#define STATE_RX_FULL (1u << 1)
#define CTRL (UART + 0x08u)
#define CTRL_TX_RX (1u << 0 | 1u << 1)
#define BAUDDIV (UART + 0x10u)

void uart_start(void)
{
    REGISTER(BAUDDIV) = CLOCK_HZ / BAUD;
    REGISTER(CTRL) = CTRL_TX_RX;
}

void uart_send(uint8_t byte)
{
    while ((REGISTER(STATE) & STATE_TX_FULL) != 0u) {
    }
    REGISTER(DATA) = byte;
}

uint8_t uart_receive(void)
{
    while ((REGISTER(STATE) & STATE_RX_FULL) == 0u) {
    }
    return (uint8_t)REGISTER(DATA);
}
