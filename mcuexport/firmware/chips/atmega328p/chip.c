/* ATmega328P: 16 MHz of the crystal, as the fuses of an Arduino Uno have it; pins 0 and 1 are the USART's once it is on.
 *
 * ATmega328P data sheet, DS40002061, 9.  Start-up is avr-libc's.  Run on QEMU's Uno only.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

void chip_start(void)
{
}
