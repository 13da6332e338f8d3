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

#include <stddef.h>

#define VERSION 2u

/* 0 to leave out the self-test and the inputs it stores. */
#ifndef MCX_SELFTEST
#define MCX_SELFTEST 1
#endif

#define SCRATCH_WORDS ((MCX_MODEL_SCRATCH_BYTES + 3u) / 4u)

/* Numbers lie in memory as they are on the wire. */
typedef struct {
    uint8_t kind;
    uint8_t sequence;
    uint16_t count;
    uint32_t argument;
    uint8_t data[FRAME_BYTES - 8u];
} request_t;

/* Of a layer, or of a run. */
typedef struct {
    uint32_t cycles;
    uint32_t crc;
    uint16_t index; /* of the operator; of a run, how many layers it told of */
    uint16_t stack_bytes;
} figures_t;

static MCX_MODEL_INPUT_T input[MCX_MODEL_INPUT_SIZE];
static int32_t output[MCX_MODEL_OUTPUT_SIZE];

/* No request is read while the model runs. */
static union {
    uint32_t scratch[SCRATCH_WORDS > 0u ? SCRATCH_WORDS : 1u];
    request_t request;
} memory;

/* Of the run in progress: when its last layer ended, of how many it told, its request, whether it tells of layers. */
static struct {
    uint32_t started;
    uint16_t told;
    uint8_t sequence;
    uint8_t traced;
} now;

volatile uint32_t mcx_operators_done;

/* Sending takes long, but no cycle of it is counted. */
void mcx_serial_after(uint32_t index, const void *result, uint32_t bytes)
{
    mcx_operators_done = index + 1u;
    if (now.traced != 0u) {
        const uint32_t cycles = counter_read() - now.started;
        const figures_t figures = {cycles, frame_crc(result, bytes), (uint16_t)index, 0u};
        frame_send('L', now.sequence, &figures, sizeof figures);
        now.told++;
        now.started = counter_read();
    }
}

static void answer(uint8_t kind, const void *data, uint32_t bytes)
{
    frame_send(kind, now.sequence, data, bytes);
}

static void hello(void)
{
    static const struct {
        uint32_t numbers[4];
        char words[sizeof MCX_MODEL_HASH " " MCX_BOARD_NAME];
    } welcome = {
        {VERSION, sizeof input, MCX_MODEL_OUTPUT_SIZE, CLOCK_HZ},
        MCX_MODEL_HASH " " MCX_BOARD_NAME,
    };
    answer('H', &welcome, sizeof welcome);
}

static void write_input(uint32_t offset, const uint8_t *data, uint32_t bytes)
{
    for (uint32_t i = 0u; i < bytes && offset + i < sizeof input; i++) {
        ((uint8_t *)input)[offset + i] = data[i];
    }
}

/* The answer has no figures if the input is not the one that was asked about. */
static void run(uint8_t traced, uint32_t input_crc)
{
    figures_t figures;
    if (frame_crc(input, sizeof input) != input_crc) {
        answer('R', NULL, 0u);
        return;
    }
    now.traced = traced;
    now.told = 0u;
    mcx_operators_done = 0u;
    stack_word_t *const top = stack_paint();
    now.started = counter_read();
    figures.cycles = now.started;
    mcx_model_run(input, output, memory.scratch);
    figures.cycles = counter_read() - figures.cycles;
    figures.stack_bytes = (uint16_t)stack_used(top);
    figures.index = now.told;
    figures.crc = frame_crc(output, sizeof output);
    answer('R', &figures, sizeof figures);
}

static void read_output(uint32_t offset, uint32_t bytes)
{
    offset = offset < sizeof output ? offset : sizeof output;
    bytes = bytes < sizeof output - offset ? bytes : sizeof output - offset;
    answer('O', (const uint8_t *)output + offset, bytes);
}

static void selftest(void)
{
    const int32_t verdict = MCX_SELFTEST ? mcx_model_selftest(memory.scratch) : 0;
    answer('S', &verdict, MCX_SELFTEST ? sizeof verdict : 0u);
}

static void serve(const request_t *request, uint32_t bytes)
{
    const uint16_t count = request->count;
    const uint32_t argument = request->argument;
    now.sequence = request->sequence;
    switch (request->kind) {
    case 'R':
        run((uint8_t)count, argument);
        break;
    case 'O':
        read_output(argument, count);
        break;
    case 'W':
        write_input(argument, request->data, bytes < 8u ? 0u : bytes - 8u);
        answer('W', NULL, 0u);
        break;
    case 'S':
        selftest();
        break;
    default:
        hello();
    }
}

int main(void)
{
    chip_start();
    uart_start();
    counter_start();
    for (;;) {
        serve(&memory.request, frame_receive((uint8_t *)&memory.request));
    }
}
