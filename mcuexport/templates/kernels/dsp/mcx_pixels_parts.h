/* Whole blocks of four outputs as mcx_pixels_parts_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_PARTS_H
#define MCX_PIXELS_PARTS_H

#include "mcx_pixels_parts_plain.h"

#endif
