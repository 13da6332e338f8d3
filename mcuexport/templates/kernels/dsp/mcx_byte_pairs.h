/* As mcx_byte_pairs_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTE_PAIRS_H
#define MCX_BYTE_PAIRS_H

#include "mcx_byte_pairs_plain.h"

#endif
