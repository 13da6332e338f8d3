/* The innermost loops of mcx_digits.h: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DIGITS_BLOCK_H
#define MCX_DIGITS_BLOCK_H

#include "mcx_digits_plain.h"

#endif
