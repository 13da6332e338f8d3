/* A chip whose UART receives what is in a buffer: for libFuzzer, or with a main that reads files.
 *
 * The buffer holds frames, a length and so many bytes each; every other frame gets the CRC that it wants.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "chip.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include "frame.h"

int firmware_main(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *next, *end;
static uint8_t line[600];
static uint32_t filled, taken, frames;
static jmp_buf over;
uint32_t firmware_sent;

void chip_start(void) {}
void uart_start(void) {}
void counter_start(void) {}

uint32_t counter_read(void)
{
    return firmware_sent;
}

void uart_send(uint8_t byte)
{
    (void)byte;
    firmware_sent++;
}

static void put(uint8_t byte)
{
    if (byte == 0xC0u || byte == 0xDBu) {
        line[filled++] = 0xDBu;
        byte = byte == 0xC0u ? 0xDCu : 0xDDu;
    }
    line[filled++] = byte;
}

static void next_frame(void)
{
    const uint32_t size = (uint32_t)(next < end ? *next++ : 0u);
    const uint32_t count = size < (uint32_t)(end - next) ? size : (uint32_t)(end - next);
    uint32_t crc = frame_crc(next, count);
    const int plain = frames++ % 2u != 0u;
    if (count == 0u && next >= end) {
        longjmp(over, 1);
    }
    filled = 0u;
    taken = 0u;
    for (uint32_t i = 0u; i < count; i++) {
        if (plain) {
            line[filled++] = *next++;
        } else {
            put(*next++);
        }
    }
    for (uint32_t i = 0u; i < 4u && !plain; i++) {
        put((uint8_t)(crc >> (8u * i)));
    }
    line[filled++] = 0xC0u;
}

uint8_t uart_receive(void)
{
    if (taken == filled) {
        next_frame();
    }
    return line[taken++];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    next = data;
    end = data + size;
    filled = taken = frames = 0u;
    if (setjmp(over) == 0) {
        (void)firmware_main();
    }
    return 0;
}

#ifndef FUZZING
int main(int argc, char **argv)
{
    static uint8_t content[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (file == NULL) {
            return 1;
        }
        (void)LLVMFuzzerTestOneInput(content, fread(content, 1, sizeof content, file));
        (void)fclose(file);
    }
    (void)printf("%u", (unsigned)firmware_sent);
    return 0;
}
#endif
