/* Where the RP2040 has its registers: RP2040 Datasheet, 2.2 and 2.14.3.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#define CLOCKS 0x40008000u
#define RESETS 0x4000C000u
#define IO_BANK0 0x40014000u
#define PADS_BANK0 0x4001C000u
#define XOSC 0x40024000u

/* IO_BANK0, PADS_BANK0, UART0 */
#define RESETS_USED (1u << 5 | 1u << 8 | 1u << 22)

#endif
