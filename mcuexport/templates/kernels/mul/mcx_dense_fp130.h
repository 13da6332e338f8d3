/* Dense layer with fp130 weights: 4 bits, the sign in bit 3, level = +-2^(code & 7).
 * Layout: codebook_outputs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_FP130_H
#define MCX_DENSE_FP130_H

#include "mcx_codebook.h"

/* By byte: the levels of its low and of its high nibble. */
#define MCX_FP130_ROW(pair, second)                                          \
    pair(1, second), pair(2, second), pair(4, second), pair(8, second),      \
    pair(16, second), pair(32, second), pair(64, second), pair(128, second), \
    pair(-1, second), pair(-2, second), pair(-4, second), pair(-8, second),  \
    pair(-16, second), pair(-32, second), pair(-64, second), pair(-128, second)

static const uint32_t mcx_fp130_pairs[256] = {
    MCX_FP130_ROW(MCX_CODEBOOK_PAIR, 1), MCX_FP130_ROW(MCX_CODEBOOK_PAIR, 2),
    MCX_FP130_ROW(MCX_CODEBOOK_PAIR, 4), MCX_FP130_ROW(MCX_CODEBOOK_PAIR, 8),
    MCX_FP130_ROW(MCX_CODEBOOK_PAIR, 16), MCX_FP130_ROW(MCX_CODEBOOK_PAIR, 32),
    MCX_FP130_ROW(MCX_CODEBOOK_PAIR, 64), MCX_FP130_ROW(MCX_CODEBOOK_PAIR, 128),
    MCX_FP130_ROW(MCX_CODEBOOK_PAIR, -1), MCX_FP130_ROW(MCX_CODEBOOK_PAIR, -2),
    MCX_FP130_ROW(MCX_CODEBOOK_PAIR, -4), MCX_FP130_ROW(MCX_CODEBOOK_PAIR, -8),
    MCX_FP130_ROW(MCX_CODEBOOK_PAIR, -16), MCX_FP130_ROW(MCX_CODEBOOK_PAIR, -32),
    MCX_FP130_ROW(MCX_CODEBOOK_PAIR, -64), MCX_FP130_ROW(MCX_CODEBOOK_PAIR, -128),
};

MCX_DEFINE_CODEBOOK(fp130, u7, int8_t)
MCX_DEFINE_CODEBOOK(fp130, u8, uint8_t)
MCX_DEFINE_CODEBOOK(fp130, s8, int8_t)
MCX_DEFINE_DENSE_BLOCKS(fp130, u7, int8_t, mcx_fp130, 4u, UINT32_MAX, 1, -128, 4u, 0)
MCX_DEFINE_DENSE_BLOCKS(fp130, u8, uint8_t, mcx_fp130, 4u, UINT32_MAX, 1, -128, 4u, 0)
MCX_DEFINE_DENSE_BLOCKS(fp130, s8, int8_t, mcx_fp130, 4u, UINT32_MAX, 1, -128, 4u, 0)

#endif
