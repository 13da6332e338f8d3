/* RP2040 and RP2350: everything at the 12 MHz of the crystal; UART0 on GPIO 0 and 1, function 2.
 *
 * RP2040 Datasheet, 2.14 (resets), 2.15 (clocks), 2.16 (XOSC), 2.19 (GPIO); RP2350 Datasheet, 7.5, 8.1, 8.2, 9.11.
 * The two have the same registers at other addresses: addresses.h.  Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "addresses.h"
#include "chip.h"

#define RESETS_RESET (RESETS + 0x0u)
#define RESETS_DONE (RESETS + 0x8u)

#define XOSC_CTRL (XOSC + 0x00u)
#define XOSC_CTRL_ENABLE_1_15_MHZ (0xFABu << 12 | 0xAA0u)
#define XOSC_STATUS (XOSC + 0x04u)
#define XOSC_STATUS_STABLE (1u << 31)

#define CLK_REF_CTRL (CLOCKS + 0x30u)
#define CLK_REF_CTRL_XOSC 2u
#define CLK_REF_SELECTED (CLOCKS + 0x38u)
#define CLK_REF_SELECTED_XOSC (1u << CLK_REF_CTRL_XOSC)
#define CLK_SYS_CTRL (CLOCKS + 0x3Cu)
#define CLK_SYS_CTRL_REF 0u
#define CLK_PERI_CTRL (CLOCKS + 0x48u)
#define CLK_PERI_CTRL_ENABLE_SYS (1u << 11)

#define GPIO_CTRL(pin) (IO_BANK0 + 8u * (pin) + 4u)
#define GPIO_CTRL_UART 2u
#define PAD(pin) (PADS_BANK0 + 4u + 4u * (pin))
/* Input enabled, 4 mA, Schmitt trigger; no pulls, and on the RP2350 no isolation. */
#define PAD_UART (1u << 6 | 1u << 4 | 1u << 1)

void chip_start(void)
{
    REGISTER(XOSC_CTRL) = XOSC_CTRL_ENABLE_1_15_MHZ;
    while ((REGISTER(XOSC_STATUS) & XOSC_STATUS_STABLE) == 0u) {
    }
    REGISTER(CLK_REF_CTRL) = CLK_REF_CTRL_XOSC;
    while (REGISTER(CLK_REF_SELECTED) != CLK_REF_SELECTED_XOSC) {
    }
    REGISTER(CLK_SYS_CTRL) = CLK_SYS_CTRL_REF;
    REGISTER(CLK_PERI_CTRL) = CLK_PERI_CTRL_ENABLE_SYS;
    REGISTER(RESETS_RESET) &= ~RESETS_USED;
    while ((REGISTER(RESETS_DONE) & RESETS_USED) != RESETS_USED) {
    }
    for (uint32_t pin = 0u; pin < 2u; pin++) {
        REGISTER(PAD(pin)) = PAD_UART;
        REGISTER(GPIO_CTRL(pin)) = GPIO_CTRL_UART;
    }
}
