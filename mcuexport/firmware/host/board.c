/* The parity runner's files, text and exit through stdio.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "board.h"

#include <stdio.h>
#include <stdlib.h>

static FILE *files[4];
static int32_t opened;

static int32_t open_file(const char *path, const char *mode)
{
    files[opened] = fopen(path, mode);
    return files[opened] == NULL ? -1 : opened++;
}

int32_t mcx_board_open_input(const char *path)
{
    return open_file(path, "rb");
}

int32_t mcx_board_open_output(const char *path)
{
    return open_file(path, "wb");
}

uint32_t mcx_board_read(int32_t file, void *data, uint32_t bytes)
{
    return (uint32_t)fread(data, 1u, bytes, files[file]);
}

uint32_t mcx_board_write(int32_t file, const void *data, uint32_t bytes)
{
    return (uint32_t)fwrite(data, 1u, bytes, files[file]);
}

void mcx_board_close(int32_t file)
{
    fclose(files[file]);
}

void mcx_board_say(const char *text)
{
    fputs(text, stderr);
}

void mcx_board_exit(int32_t status)
{
    exit(status);
}

uint32_t mcx_board_run(const MCX_MODEL_INPUT_T *input, int32_t *output, void *scratch)
{
    mcx_model_run(input, output, scratch);
    return 0u;
}
