/* The innermost loop of mcx_nibble_columns.h: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_NIBBLE_COLUMNS_BLOCK_H
#define MCX_NIBBLE_COLUMNS_BLOCK_H

#include "mcx_nibble_columns_plain.h"

#endif
