/* The model as a shared library: one call for many samples.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "model.h"

void mcx_host_run(const MCX_MODEL_INPUT_T *inputs, int32_t *outputs, void *scratch, uint32_t samples);
void mcx_host_predict(const MCX_MODEL_INPUT_T *inputs, int32_t *classes, void *scratch, uint32_t samples);
int32_t mcx_host_selftest(void *scratch);

void mcx_host_run(const MCX_MODEL_INPUT_T *inputs, int32_t *outputs, void *scratch, uint32_t samples)
{
    for (uint32_t sample = 0u; sample < samples; sample++) {
        mcx_model_run(inputs, outputs, scratch);
        inputs += MCX_MODEL_INPUT_SIZE;
        outputs += MCX_MODEL_OUTPUT_SIZE;
    }
}

void mcx_host_predict(const MCX_MODEL_INPUT_T *inputs, int32_t *classes, void *scratch, uint32_t samples)
{
    for (uint32_t sample = 0u; sample < samples; sample++) {
        classes[sample] = mcx_model_predict(inputs, scratch);
        inputs += MCX_MODEL_INPUT_SIZE;
    }
}

int32_t mcx_host_selftest(void *scratch)
{
    return mcx_model_selftest(scratch);
}
