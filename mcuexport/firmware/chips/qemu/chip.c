/* QEMU's machine: clocks and pins are as they should be.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

void chip_start(void)
{
}
