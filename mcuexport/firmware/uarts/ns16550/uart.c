/* The 16550 of QEMU's RISC-V virt machine, whose registers are bytes; QEMU ignores its baud rate.
 *
 * PC16550D data sheet, 8.0.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#define BYTE_REGISTER(address) (*(volatile uint8_t *)(address))
#define DATA (UART + 0u)
#define LINE_STATUS (UART + 5u)
#define LINE_STATUS_RECEIVED (1u << 0)
#define LINE_STATUS_SENDER_EMPTY (1u << 5)

void uart_start(void)
{
}

void uart_send(uint8_t byte)
{
    while ((BYTE_REGISTER(LINE_STATUS) & LINE_STATUS_SENDER_EMPTY) == 0u) {
    }
    BYTE_REGISTER(DATA) = byte;
}

uint8_t uart_receive(void)
{
    while ((BYTE_REGISTER(LINE_STATUS) & LINE_STATUS_RECEIVED) == 0u) {
    }
    return BYTE_REGISTER(DATA);
}
