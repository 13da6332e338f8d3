/* A run of the model with its stack measured.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "stack.h"

/* sp is the same when it is read, when mcx_model_run is called and after: this function pushes nothing between. */
uint32_t mcx_board_run(const MCX_MODEL_INPUT_T *input, int32_t *output, void *scratch)
{
    stack_word_t *const top = stack_paint();
    mcx_model_run(input, output, scratch);
    return stack_used(top);
}
