/* The innermost loop of mcx_bits.h: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BITS_BLOCK_H
#define MCX_BITS_BLOCK_H

#include "mcx_bits_plain.h"

#endif
