/* As mcx_radix_block_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_RADIX_BLOCK_H
#define MCX_RADIX_BLOCK_H

#include "mcx_radix_block_plain.h"

#endif
