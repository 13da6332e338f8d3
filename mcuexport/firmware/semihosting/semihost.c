/* Files, text and exit through semihosting: a call that the emulator or a debugger answers.
 *
 * Operations and their argument blocks: "Semihosting for AArch32 and AArch64", release 2.0.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "arch.h"
#include "board.h"

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_EXIT_EXTENDED = 0x20
};
enum { MODE_READ_BINARY = 1, MODE_WRITE_BINARY = 5 };

#define APPLICATION_EXIT 0x20026u

static int32_t semihost_open(const char *path, uint32_t mode)
{
    uint32_t length = 0u;
    while (path[length] != '\0') {
        length++;
    }
    const uint32_t block[3] = {(uint32_t)(uintptr_t)path, mode, length};
    return arch_semihost(SYS_OPEN, block);
}

int32_t mcx_board_open_input(const char *path)
{
    return semihost_open(path, MODE_READ_BINARY);
}

int32_t mcx_board_open_output(const char *path)
{
    return semihost_open(path, MODE_WRITE_BINARY);
}

/* Both answer with the bytes they did not move. */
uint32_t mcx_board_read(int32_t file, void *data, uint32_t bytes)
{
    const uint32_t block[3] = {(uint32_t)file, (uint32_t)(uintptr_t)data, bytes};
    return bytes - (uint32_t)arch_semihost(SYS_READ, block);
}

uint32_t mcx_board_write(int32_t file, const void *data, uint32_t bytes)
{
    const uint32_t block[3] = {(uint32_t)file, (uint32_t)(uintptr_t)data, bytes};
    return bytes - (uint32_t)arch_semihost(SYS_WRITE, block);
}

void mcx_board_close(int32_t file)
{
    const uint32_t block[1] = {(uint32_t)file};
    arch_semihost(SYS_CLOSE, block);
}

void mcx_board_say(const char *text)
{
    arch_semihost(SYS_WRITE0, text);
}

void mcx_board_exit(int32_t status)
{
    const uint32_t block[2] = {APPLICATION_EXIT, (uint32_t)status};
    for (;;) {
        arch_semihost(SYS_EXIT_EXTENDED, block);
    }
}
