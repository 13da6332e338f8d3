/* Whole blocks of four outputs of mcx_pixels.h, pair after pair: the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_FOURS_PLAIN_H
#define MCX_PIXELS_FOURS_PLAIN_H

#define MCX_DEFINE_PIXELS_FOURS(format, variant, input_t, kind, shift, first, odd, last)                        \
    static inline void mcx_pixels_##format##_fours_##variant(                                                   \
        const uint32_t *weights, const input_t *x, uint32_t next, uint32_t inputs, const int16_t *multiplier,   \
        const int32_t *offset, uint32_t pre_shift, uint32_t right, int32_t lo, int8_t *y, uint32_t behind,      \
        uint32_t outputs, uint32_t count)                                                                       \
    {                                                                                                           \
        for (; count > 0u; count--, x += 2u * next, y += 2u * behind) {                                         \
            mcx_pixels_##format##_requantized_##variant(weights, x, next, inputs, multiplier, offset, pre_shift,\
                                                        right, lo, 127, y, behind, outputs);                    \
        }                                                                                                       \
    }

#endif
