/* The figures of the model's header as data, so that nothing has to parse C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "model.h"

const uint32_t mcx_interface[4] = {
    MCX_MODEL_INPUT_SIZE,
    (MCX_MODEL_INPUT_T)-1 < 0 ? 1u : 0u,
    MCX_MODEL_OUTPUT_SIZE,
    MCX_MODEL_SCRATCH_BYTES,
};
