/* The RP2040's second stage: 256 bytes that the boot ROM copies to RAM, checks and calls, to have flash mapped.
 *
 * RP2040 Datasheet, 2.8.1.3.1 (the last word is the CRC-32 of the others: polynomial 0x04C11DB7, start 0xFFFFFFFF,
 * nothing reflected or inverted) and 4.10.13 (SSI).  Reads with command 03h, which every flash chip knows, at a
 * quarter of the clock.  The code is assembler throughout, so that its bytes and their CRC are fixed.
 * Not run on silicon.
 *
 * SPDX-License-Identifier: 0BSD
 */
__asm__(".section .boot, \"ax\", %progbits\n\t"
        ".syntax unified\n\t"
        ".cpu cortex-m0plus\n\t"
        ".thumb\n\t"
        ".balign 4\n\t"
        ".global boot_second_stage\n\t"
        "boot_second_stage:\n\t"
        "ldr  r3, =0x18000000\n\t" /* XIP_SSI */
        "movs r0, #0\n\t"
        "str  r0, [r3, #0x08]\n\t" /* SSIENR: off while it is changed */
        "movs r1, #4\n\t"
        "str  r1, [r3, #0x14]\n\t"     /* BAUDR */
        "ldr  r1, =0x001F0300\n\t"     /* frames of 32 bits, EEPROM read */
        "str  r1, [r3, #0x00]\n\t"     /* CTRLR0 */
        "str  r0, [r3, #0x04]\n\t"     /* CTRLR1: one frame */
        "ldr  r1, =0x03000218\n\t"     /* command 03h of 8 bits, address of 24, each on one line */
        "movs r2, #0xF4\n\t"
        "str  r1, [r3, r2]\n\t" /* SPI_CTRLR0 */
        "movs r1, #1\n\t"
        "str  r1, [r3, #0x08]\n\t" /* SSIENR: on */
        "ldr  r0, =0x10000100\n\t" /* the vector table, behind this stage */
        "ldr  r1, =0xE000ED08\n\t" /* VTOR */
        "str  r0, [r1]\n\t"
        "ldmia r0!, {r1, r2}\n\t"
        "msr  msp, r1\n\t"
        "bx   r2\n\t"
        ".balign 4\n\t"
        ".ltorg\n\t"
        ".org 252\n\t"
        ".word 0x678956b0\n\t");

typedef int boot_is_all_assembler; /* C wants a declaration in every file */
