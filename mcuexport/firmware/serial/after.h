/* What the model under test calls behind each operator; the build includes this file before the model's own.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_AFTER_H
#define MCX_FIRMWARE_AFTER_H

#include <stdint.h>

void mcx_serial_after(uint32_t index, const void *result, uint32_t bytes);

#endif
