/* As mcx_fractions_block_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FRACTIONS_BLOCK_H
#define MCX_FRACTIONS_BLOCK_H

#include "mcx_fractions_block_plain.h"

#endif
