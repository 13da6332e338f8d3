/* Whole blocks of four outputs of mcx_pixels.h, pair after pair: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_FOURS_H
#define MCX_PIXELS_FOURS_H

#include "mcx_pixels_fours_plain.h"

#endif
