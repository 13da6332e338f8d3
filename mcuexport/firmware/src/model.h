/* The model under test, by names that do not change with it.
 *
 * The build defines MCX_MODEL (net), MCX_MODEL_MACROS (NET) and MCX_MODEL_HEADER (<path/net.h>).  Whatever is
 * visible outside a file of ours begins with mcx or has a name no model has, for a model may be called "board".
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_MODEL_H
#define MCX_FIRMWARE_MODEL_H

#include <stdint.h>

#include MCX_MODEL_HEADER

#define MCX_JOIN_EXPANDED(prefix, suffix) prefix##suffix
#define MCX_JOIN(prefix, suffix) MCX_JOIN_EXPANDED(prefix, suffix)

#define MCX_MODEL_INPUT_T MCX_JOIN(MCX_MODEL_MACROS, _INPUT_T)
#define MCX_MODEL_INPUT_SIZE MCX_JOIN(MCX_MODEL_MACROS, _INPUT_SIZE)
#define MCX_MODEL_OUTPUT_SIZE MCX_JOIN(MCX_MODEL_MACROS, _OUTPUT_SIZE)
#define MCX_MODEL_HASH MCX_JOIN(MCX_MODEL_MACROS, _MODEL_HASH)
#define MCX_MODEL_SCRATCH_BYTES MCX_JOIN(MCX_MODEL_MACROS, _SCRATCH_BYTES)

/* In the header of the example, which programs that want it include. */
#define MCX_MODEL_EXAMPLE MCX_JOIN(MCX_MODEL, _example)

#define mcx_model_run MCX_JOIN(MCX_MODEL, _run)
#define mcx_model_predict MCX_JOIN(MCX_MODEL, _predict)
#define mcx_model_selftest MCX_JOIN(MCX_MODEL, _selftest)

/* Elements of an input, 1 if they are signed, logits, bytes of scratch: what Python reads of a build. */
extern const uint32_t mcx_interface[4];

#endif
