/* Rows of one channel, requantized at once, as mcx_depthwise3x3_finish_plain.h says: in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_FINISH_H
#define MCX_DEPTHWISE3X3_FINISH_H

#include "mcx_depthwise3x3_finish_plain.h"

#define MCX_DEFINE_FINISH(kernel, variant, input_t, level_t)                                                    \
    static inline void mcx_##kernel##_requantized_##variant(                                                    \
        const input_t *x, uint32_t height, uint32_t size, uint32_t top, uint32_t line, uint32_t lines,          \
        uint32_t width, uint32_t channel, level_t *levels, uint32_t stride, uint32_t left, int16_t multiplier,  \
        int32_t offset, uint32_t shift, int32_t lo, int8_t *y, uint32_t next, uint32_t columns)                 \
    {                                                                                                           \
        MCX_FINISH_PLAIN                                                                                        \
    }

#endif
