/* An application: the class of a stored input first, then of whatever bytes come in, as they come from a sensor.
 *
 * Each MCX_MODEL_INPUT_SIZE bytes that the UART receives are one input, answered by a line with its class.  In your own
 * program they come from a camera, a microphone, an accelerometer; the rest stays as it is here.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include MCX_EXAMPLE_HEADER

#include "board.h"
#include "chip.h"

static MCX_MODEL_INPUT_T input[MCX_MODEL_INPUT_SIZE];
static uint32_t scratch[(MCX_MODEL_SCRATCH_BYTES + 3u) / 4u + 1u];

volatile uint32_t mcx_operators_done; /* not counted here */

void mcx_board_say(const char *text)
{
    while (*text != '\0') {
        uart_send((uint8_t)*text++);
    }
}

void mcx_board_exit(int32_t status)
{
    (void)status;
    for (;;) {
    }
}

static void say_number(uint32_t number)
{
    if (number >= 10u) {
        say_number(number / 10u);
    }
    uart_send((uint8_t)('0' + number % 10u));
}

static void say_class(const MCX_MODEL_INPUT_T *of)
{
    mcx_board_say("class ");
    say_number((uint32_t)mcx_model_predict(of, scratch));
    mcx_board_say("\r\n");
}

int main(void)
{
    chip_start();
    uart_start();
    mcx_board_say(MCX_BOARD_NAME ", stored input: ");
    say_class(MCX_MODEL_EXAMPLE);
    for (;;) {
        for (uint32_t i = 0u; i < sizeof input; i++) {
            ((uint8_t *)input)[i] = uart_receive();
        }
        say_class(input);
    }
}
