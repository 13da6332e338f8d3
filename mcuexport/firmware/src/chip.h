/* What a board is made of: a chip that is awake, a UART, a counter of its clock.
 *
 * chips/, uarts/ and counters/ have one folder for each kind; boards.toml says which a board has, and defines UART
 * (the address of its registers) and CLOCK_HZ.  The clock is one that is right out of reset or nearly so: no crystal
 * that a board might not have, and, but for the CH32V, no flash that waits.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_CHIP_H
#define MCX_FIRMWARE_CHIP_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define BAUD 115200u

/* Clock, and pins of the UART. */
void chip_start(void);

/* 115200 baud, 8 data bits, no parity, one stop bit; both wait. */
void uart_start(void);
void uart_send(uint8_t byte);
uint8_t uart_receive(void);

/* Cycles of CLOCK_HZ, from any start, modulo 2^32.  A counter that stands still is one the chip does not have. */
void counter_start(void);
uint32_t counter_read(void);

#endif
