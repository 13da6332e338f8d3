/* The call that the emulator or a debugger answers: "RISC-V Semihosting", version 1.0, section 2.
 *
 * The three instructions, uncompressed and in one page, are the sign.  Arguments and result are in a0 and a1.
 *
 * SPDX-License-Identifier: 0BSD
 */
__asm__(".option push\n\t"
        ".option norvc\n\t"
        ".section .text.arch_semihost, \"ax\", @progbits\n\t"
        ".balign 16\n\t"
        ".global arch_semihost\n\t"
        ".type arch_semihost, @function\n"
        "arch_semihost:\n\t"
        "slli  zero, zero, 0x1f\n\t"
        "ebreak\n\t"
        "srai  zero, zero, 7\n\t"
        "ret\n\t"
        ".size arch_semihost, . - arch_semihost\n\t"
        ".option pop");

typedef int arch_call_is_all_assembler; /* C wants a declaration in every file */
