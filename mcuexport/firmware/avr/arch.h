/* Semihosting on an AVR: our own, as none is agreed on; emulate/simavr/simavr.c answers.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef ARCH_H
#define ARCH_H

#include <avr/io.h>
#include <stdint.h>

static inline int32_t arch_semihost(int32_t operation, const void *block)
{
    struct {
        const void *block;
        int32_t answer;
    } volatile call = {block, -1};
    GPIOR1 = (uint8_t)(uintptr_t)&call;
    GPIOR2 = (uint8_t)((uintptr_t)&call >> 8);
    __asm__ volatile("" ::: "memory");
    GPIOR0 = (uint8_t)operation;
    __asm__ volatile("" ::: "memory");
    return call.answer;
}

#endif
