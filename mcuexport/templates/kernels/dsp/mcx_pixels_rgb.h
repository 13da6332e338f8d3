/* Pixels of a convolution of an image as mcx_pixels_rgb_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_RGB_H
#define MCX_PIXELS_RGB_H

#include "mcx_pixels_rgb_plain.h"

#endif
