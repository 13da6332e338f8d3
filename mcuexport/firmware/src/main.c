/* The parity runner: input.bin, sample by sample, through the model into output.bin (int32, in the core's byte order).
 *
 * The self-test comes first, unless MCX_SELFTEST is 0.  Scratch and output are painted before use, so that a
 * model which counts on zeros differs from Python, and end in guard words, so that an overrun is an error.
 * stack.bin takes the deepest stack of all runs in bytes, where the board measures it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "board.h"

/* 0 under a sanitizer, whose own guards begin right after the buffers. */
#ifndef MCX_GUARD_WORDS
#define MCX_GUARD_WORDS 8u
#endif

/* 0 to compare outputs, or to look for the layer that is wrong, although the self-test would fail. */
#ifndef MCX_SELFTEST
#define MCX_SELFTEST 1
#endif

#define SCRATCH_WORDS ((MCX_MODEL_SCRATCH_BYTES + 3u) / 4u)
#define AT_LEAST_ONE(words) ((words) == 0u ? 1u : (words))

/* The sample starts at the second element: a caller's input need not be aligned. */
static MCX_MODEL_INPUT_T input[1u + MCX_MODEL_INPUT_SIZE];
static uint32_t output[MCX_MODEL_OUTPUT_SIZE + MCX_GUARD_WORDS];
static uint32_t scratch[AT_LEAST_ONE(SCRATCH_WORDS + MCX_GUARD_WORDS)];

volatile uint32_t mcx_operators_done;

static void paint(uint32_t *first, const uint32_t *end)
{
    while (first != end) {
        *first++ = MCX_BOARD_PAINT;
    }
}

static int32_t is_painted(const uint32_t *first, const uint32_t *end)
{
    while (first != end && *first == MCX_BOARD_PAINT) {
        first++;
    }
    return first == end;
}

static int32_t fail(const char *reason, int32_t status)
{
    mcx_board_say(reason);
    return status;
}

static int32_t check_guards(void)
{
    if (!is_painted(scratch + SCRATCH_WORDS, scratch + SCRATCH_WORDS + MCX_GUARD_WORDS)) {
        return fail("the model wrote behind its scratch\n", MCX_BOARD_SCRATCH_OVERRUN);
    }
    if (!is_painted(output + MCX_MODEL_OUTPUT_SIZE, output + MCX_MODEL_OUTPUT_SIZE + MCX_GUARD_WORDS)) {
        return fail("the model wrote behind its output\n", MCX_BOARD_OUTPUT_OVERRUN);
    }
    return MCX_BOARD_GOOD;
}

static int32_t check_model(void)
{
    paint(scratch, scratch + SCRATCH_WORDS + MCX_GUARD_WORDS);
    paint(output, output + MCX_MODEL_OUTPUT_SIZE + MCX_GUARD_WORDS);
    const int32_t verdict = MCX_SELFTEST ? mcx_model_selftest(scratch) : 0;
    return verdict != 0 ? fail("the model's self-test failed\n", verdict) : check_guards();
}

/* Runs every sample of one file into another.  *stack_bytes: the deepest stack. */
static int32_t run_samples(int32_t from, int32_t to, uint32_t *stack_bytes)
{
    const uint32_t sample_bytes = MCX_MODEL_INPUT_SIZE;
    const uint32_t output_bytes = MCX_MODEL_OUTPUT_SIZE * 4u;
    int32_t status = MCX_BOARD_GOOD;
    while (status == MCX_BOARD_GOOD && mcx_board_read(from, input + 1, sample_bytes) == sample_bytes) {
        paint(output, output + MCX_MODEL_OUTPUT_SIZE);
        mcx_operators_done = 0u;
        const uint32_t used_bytes = mcx_board_run(input + 1, (int32_t *)output, scratch);
        *stack_bytes = used_bytes > *stack_bytes ? used_bytes : *stack_bytes;
        status = check_guards();
        if (status == MCX_BOARD_GOOD && mcx_board_write(to, output, output_bytes) != output_bytes) {
            status = fail("output.bin cannot be written\n", MCX_BOARD_FILE_ERROR);
        }
    }
    return status;
}

static int32_t write_stack(uint32_t stack_bytes)
{
    const int32_t file = mcx_board_open_output("stack.bin");
    if (file < 0 || mcx_board_write(file, &stack_bytes, sizeof stack_bytes) != sizeof stack_bytes) {
        return fail("stack.bin cannot be written\n", MCX_BOARD_FILE_ERROR);
    }
    mcx_board_close(file);
    return MCX_BOARD_GOOD;
}

static int32_t run_files(void)
{
    const int32_t from = mcx_board_open_input("input.bin");
    const int32_t to = mcx_board_open_output("output.bin");
    if (from < 0 || to < 0) {
        return fail("input.bin or output.bin cannot be opened\n", MCX_BOARD_FILE_ERROR);
    }
    uint32_t stack_bytes = 0u;
    const int32_t status = run_samples(from, to, &stack_bytes);
    mcx_board_close(from);
    mcx_board_close(to);
    return status == MCX_BOARD_GOOD && stack_bytes > 0u ? write_stack(stack_bytes) : status;
}

int main(void)
{
    const int32_t status = check_model();
    mcx_board_exit(status == MCX_BOARD_GOOD ? run_files() : status);
    return 0;
}
