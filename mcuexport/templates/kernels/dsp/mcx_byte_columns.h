/* As mcx_byte_columns_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTE_COLUMNS_H
#define MCX_BYTE_COLUMNS_H

#include "mcx_byte_columns_plain.h"

#endif
