/* Dense layer with nf4 weights: 4 bits, levels round(127 * NormalFloat4).
 * Layout: codebook_pairs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_NF4_H
#define MCX_DENSE_NF4_H

#include "mcx_codebook.h"

/* By byte: the levels of its low and of its high nibble. */
#define MCX_NF4_ROW(pair, second)                                                \
    pair(-127, second), pair(-88, second), pair(-67, second), pair(-50, second), \
    pair(-36, second), pair(-23, second), pair(-12, second), pair(0, second),    \
    pair(10, second), pair(20, second), pair(31, second), pair(43, second),      \
    pair(56, second), pair(71, second), pair(92, second), pair(127, second)

static const uint32_t mcx_nf4_pairs[256] = {
    MCX_NF4_ROW(MCX_CODEBOOK_PAIR, -127), MCX_NF4_ROW(MCX_CODEBOOK_PAIR, -88),
    MCX_NF4_ROW(MCX_CODEBOOK_PAIR, -67), MCX_NF4_ROW(MCX_CODEBOOK_PAIR, -50),
    MCX_NF4_ROW(MCX_CODEBOOK_PAIR, -36), MCX_NF4_ROW(MCX_CODEBOOK_PAIR, -23),
    MCX_NF4_ROW(MCX_CODEBOOK_PAIR, -12), MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 0),
    MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 10), MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 20),
    MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 31), MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 43),
    MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 56), MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 71),
    MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 92), MCX_NF4_ROW(MCX_CODEBOOK_PAIR, 127),
};

MCX_DEFINE_CODEBOOK(nf4, u7, int8_t)
MCX_DEFINE_CODEBOOK(nf4, u8, uint8_t)
MCX_DEFINE_CODEBOOK(nf4, s8, int8_t)
MCX_DEFINE_DENSE_BLOCKS(nf4, u7, int8_t, mcx_nf4, 8u, UINT32_MAX, 1, 0, 4u, 0)
MCX_DEFINE_DENSE_BLOCKS(nf4, u8, uint8_t, mcx_nf4, 8u, UINT32_MAX, 1, 0, 4u, 0)
MCX_DEFINE_DENSE_BLOCKS(nf4, s8, int8_t, mcx_nf4, 8u, UINT32_MAX, 1, 0, 4u, 0)

#endif
