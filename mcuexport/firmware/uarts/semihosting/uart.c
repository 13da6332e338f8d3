/* No UART: a debug probe, or the emulator, answers semihosting calls and moves the bytes to and from its console.
 *
 * A call takes milliseconds, so bytes go in blocks: what is sent waits until the block is full or an answer is waited
 * for.  Without a debugger the first call is a fault.
 *
 * "Semihosting for AArch32 and AArch64", release 2.0, and "RISC-V Semihosting", version 1.0.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "arch.h"
#include "chip.h"

enum {
    SYS_OPEN = 0x01,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06
};
enum { MODE_READ = 0, MODE_WRITE = 4 };

#define BLOCK_BYTES 64u

static struct {
    uint32_t file;
    uint32_t bytes;
    uint32_t next; /* to be taken */
    uint8_t data[BLOCK_BYTES];
} in, out;

static uint32_t open_console(uint32_t mode)
{
    const uint32_t block[3] = {(uint32_t)(uintptr_t)":tt", mode, 3u};
    return (uint32_t)arch_semihost(SYS_OPEN, block);
}

/* The bytes that were moved.  The call answers with those that were not; a debugger with nothing to read with -1. */
static uint32_t move(int32_t operation, uint32_t file, void *data, uint32_t bytes)
{
    const uint32_t block[3] = {file, (uint32_t)(uintptr_t)data, bytes};
    const uint32_t left = (uint32_t)arch_semihost(operation, block);
    return left < bytes ? bytes - left : 0u;
}

void uart_start(void)
{
    in.file = open_console(MODE_READ);
    out.file = open_console(MODE_WRITE);
}

/* What nobody takes is lost, as on a wire. */
static void flush(void)
{
    if (out.bytes > 0u) {
        move(SYS_WRITE, out.file, out.data, out.bytes);
        out.bytes = 0u;
    }
}

void uart_send(uint8_t byte)
{
    out.data[out.bytes++] = byte;
    if (out.bytes == BLOCK_BYTES) {
        flush();
    }
}

uint8_t uart_receive(void)
{
    flush();
    while (in.next == in.bytes) {
        in.next = 0u;
        in.bytes = move(SYS_READ, in.file, in.data, BLOCK_BYTES);
    }
    return in.data[in.next++];
}
