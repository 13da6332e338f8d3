/* As mcx_depthwise_block_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE_BLOCK_H
#define MCX_DEPTHWISE_BLOCK_H

#include "mcx_depthwise_block_plain.h"

#endif
