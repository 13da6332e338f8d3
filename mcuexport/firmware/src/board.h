/* What main.c asks of the place it runs in: files, a last word, an exit, and a run that measures its stack.
 *
 * bare/ answers through semihosting, host/ through stdio.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_BOARD_H
#define MCX_FIRMWARE_BOARD_H

#include <stdint.h>

#include "model.h"

/* Exit statuses.  A failed self-test exits with its own code, which is negative. */
enum {
    MCX_BOARD_GOOD = 0,
    MCX_BOARD_FILE_ERROR = 64,
    MCX_BOARD_SCRATCH_OVERRUN = 65,
    MCX_BOARD_OUTPUT_OVERRUN = 66,
    MCX_BOARD_STACK_OVERFLOW = 67,
    MCX_BOARD_FAULT = 68
};

/* What unused memory is filled with: no value that a model is likely to write. */
#define MCX_BOARD_PAINT 0xA5C35A3Cu

/* How many of the model's operators have ended in this run; counted only in a build that looks for a fault. */
extern volatile uint32_t mcx_operators_done;

/* A file handle, or negative. */
int32_t mcx_board_open_input(const char *path);
int32_t mcx_board_open_output(const char *path);

/* The bytes that were read: fewer than asked for only at the end of the file. */
uint32_t mcx_board_read(int32_t file, void *data, uint32_t bytes);

/* The bytes that were written. */
uint32_t mcx_board_write(int32_t file, const void *data, uint32_t bytes);

void mcx_board_close(int32_t file);

void mcx_board_say(const char *text);

/* Does not return. */
void mcx_board_exit(int32_t status);

/* Calls mcx_model_run; the bytes of stack below this call that it touched, 0 where that is not measured. */
uint32_t mcx_board_run(const MCX_MODEL_INPUT_T *input, int32_t *output, void *scratch);

#endif
