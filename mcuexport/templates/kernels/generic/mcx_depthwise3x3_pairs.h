/* Rows of a plane that are made by two: which there are, and where they begin and end.
 *
 *     rows of the map      0 1 2 3 4 5 ..
 *     of the first pair    * * *             a level is fetched once for both rows, and a column of the map's four rows
 *                            * * *           once for all that is made of it
 *     of the second pair       * * *
 *                                * * *
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_PAIRS_H
#define MCX_DEPTHWISE3X3_PAIRS_H

#include <stdint.h>

/* Pairs that can follow, of `lines` rows of results with a stride of 1; none of them needs rows outside the map.
 * here: the row of the map, of `height`, that is the middle one of the next result. */
static inline uint32_t mcx_pairs(uint32_t here, uint32_t height, uint32_t lines)
{
    const uint32_t inside = height - 1u - here;
    return here == 0u ? 0u : (lines < inside ? lines : inside) / 2u;
}

/* Results of a row, of `columns`, that lack no column on the right. */
static inline uint32_t mcx_pairs_whole(uint32_t columns, uint32_t width, uint32_t left)
{
    return columns + 1u - left < width ? columns : columns - 1u;
}

/* Bits: a column of the map before the first one that is a middle one; an odd number of whole results; another one
 * behind them. */
static inline uint32_t mcx_pairs_bits(uint32_t columns, uint32_t whole, uint32_t left)
{
    return (1u - left) | whole % 2u << 1 | (columns - whole) << 2;
}

#endif
