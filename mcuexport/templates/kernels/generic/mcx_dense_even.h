/* Dense layers in plain C99, of formats whose levels lie equally far apart; see mcx_dense.h.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_EVEN_H
#define MCX_DENSE_EVEN_H

#include "mcx_dense.h"

#define MCX_DEFINE_DENSE_OF_EVEN_LEVELS(format, bits) MCX_DEFINE_DENSE_OF_BIT_FIELDS(format, bits)

#endif
