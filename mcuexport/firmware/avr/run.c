/* A run on an AVR: the emulator sees every instruction, and measures the stack itself.
 *
 * Start-up is avr-libc's: vectors, variables, main.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "board.h"

uint32_t mcx_board_run(const MCX_MODEL_INPUT_T *input, int32_t *output, void *scratch)
{
    mcx_model_run(input, output, scratch);
    return 0u;
}
