/* The model behind a UART: inputs in, outputs out, and what each layer made and took.
 *
 * Requests and answers begin with a letter and the request's sequence number; docs/boards.md has the rest of them.
 * Every request may be repeated: nothing depends on what came before but the input, whose CRC the request to run
 * names, so that a lost answer, a lost connection or a reset costs no more than asking again.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "after.h"
#include "board.h"
#include "chip.h"
#include "frame.h"
#include "stack.h"

#define VERSION 1u

/* 0 to leave out the self-test and the inputs it stores. */
#ifndef MCX_SELFTEST
#define MCX_SELFTEST 1
#endif

#define SCRATCH_WORDS ((MCX_MODEL_SCRATCH_BYTES + 3u) / 4u)

static MCX_MODEL_INPUT_T input[MCX_MODEL_INPUT_SIZE];
static int32_t output[MCX_MODEL_OUTPUT_SIZE];

/* No request is read while the model runs. */
static union {
    uint32_t scratch[SCRATCH_WORDS > 0u ? SCRATCH_WORDS : 1u];
    uint8_t frame[FRAME_BYTES];
} memory;

/* Of the run in progress: its request, whether it tells of its layers, of how many it told, when the last ended. */
static uint8_t sequence;
static uint8_t traced;
static uint16_t told;
static uint32_t started;

volatile uint32_t mcx_operators_done;

/* Sending takes long, but no cycle of it is counted. */
void mcx_serial_after(uint32_t index, const void *result, uint32_t bytes)
{
    mcx_operators_done = index + 1u;
    if (traced != 0u) {
        const uint32_t cycles = counter_read() - started;
        frame_begin('L', sequence);
        frame_put(index, 2u);
        frame_put(cycles, 4u);
        frame_put(frame_crc(result, bytes), 4u);
        frame_end();
        told++;
        started = counter_read();
    }
}

void mcx_board_say(const char *text)
{
    frame_begin('T', 0u);
    while (*text != '\0') {
        frame_put((uint8_t)*text++, 1u);
    }
    frame_end();
}

void mcx_board_exit(int32_t status)
{
    (void)status;
    for (;;) {
    }
}

static uint32_t word_at(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void hello(void)
{
    static const char words[] = MCX_MODEL_HASH " " MCX_BOARD_NAME;
    frame_put(VERSION, 1u);
    frame_put(sizeof input, 4u);
    frame_put(MCX_MODEL_OUTPUT_SIZE, 4u);
    frame_put(CLOCK_HZ, 4u);
    for (uint32_t i = 0u; i < sizeof words - 1u; i++) {
        frame_put((uint8_t)words[i], 1u);
    }
}

static void write_input(uint32_t offset, const uint8_t *data, uint32_t bytes)
{
    for (uint32_t i = 0u; i < bytes && offset + i < sizeof input; i++) {
        ((uint8_t *)input)[offset + i] = data[i];
    }
}

/* The answer has no figures if the input is not the one that was asked about. */
static void run(uint8_t trace, uint32_t input_crc)
{
    uint32_t cycles = 0u;
    uint32_t stack_bytes = 0u;
    const int32_t right = frame_crc(input, sizeof input) == input_crc;
    if (right) {
        traced = trace;
        mcx_operators_done = 0u;
        told = 0u;
        stack_word_t *const top = stack_paint();
        started = counter_read();
        cycles = started;
        mcx_model_run(input, output, memory.scratch);
        cycles = counter_read() - cycles;
        stack_bytes = stack_used(top);
    }
    frame_begin('R', sequence);
    if (right) {
        frame_put(cycles, 4u);
        frame_put(stack_bytes, 4u);
        frame_put(frame_crc(output, sizeof output), 4u);
        frame_put(told, 2u);
    }
}

static void read_output(uint32_t offset, uint32_t bytes)
{
    for (uint32_t i = 0u; i < bytes && offset + i < sizeof output; i++) {
        frame_put(((const uint8_t *)output)[offset + i], 1u);
    }
}

int main(void)
{
    chip_start();
    uart_start();
    counter_start();
    for (;;) {
        const uint32_t bytes = frame_receive(memory.frame);
        const uint8_t kind = memory.frame[0];
        const uint32_t argument = word_at(memory.frame + 2);
        sequence = memory.frame[1];
        if (kind == 'R') {
            run(memory.frame[6], argument);
            frame_end();
            continue;
        }
        if (kind == 'W') {
            write_input(argument, memory.frame + 6, bytes - 6u);
        }
        frame_begin(kind, sequence);
        if (kind == 'H') {
            hello();
        }
        if (kind == 'O') {
            read_output(argument, memory.frame[6]);
        }
        if (MCX_SELFTEST && kind == 'S') {
            frame_put((uint32_t)mcx_model_selftest(memory.scratch), 4u);
        }
        frame_end();
    }
}
