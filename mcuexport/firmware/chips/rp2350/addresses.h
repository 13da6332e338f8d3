/* Where the RP2350 has its registers: RP2350 Datasheet, 2.2 and 7.5.3.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#define CLOCKS 0x40010000u
#define RESETS 0x40020000u
#define IO_BANK0 0x40028000u
#define PADS_BANK0 0x40038000u
#define XOSC 0x40048000u

/* IO_BANK0, PADS_BANK0, UART0 */
#define RESETS_USED (1u << 6 | 1u << 9 | 1u << 26)

#endif
