/* The inner loops of mcx_pixels.h: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_BLOCK_H
#define MCX_PIXELS_BLOCK_H

#include "mcx_pixels_plain.h"

#endif
