/* As mcx_nibble_pairs_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_NIBBLE_PAIRS_H
#define MCX_NIBBLE_PAIRS_H

#include "mcx_nibble_pairs_plain.h"

#endif
