/* As mcx_codebook_block_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CODEBOOK_BLOCK_H
#define MCX_CODEBOOK_BLOCK_H

#include "mcx_codebook_block_plain.h"

#endif
