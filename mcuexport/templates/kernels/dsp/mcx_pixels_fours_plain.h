/* Whole blocks of four outputs of mcx_pixels.h, pair after pair: the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_FOURS_PLAIN_H
#define MCX_PIXELS_FOURS_PLAIN_H

/* words: of a group. */
#define MCX_DEFINE_PIXELS_FOURS(format, variant, input_t, kind, words, shift, first, odd, last)                 \
    static inline void mcx_pixels_##format##_fours_##variant(                                                   \
        const uint32_t *weights, const input_t *x, uint32_t next, uint32_t inputs, const int16_t *multiplier,   \
        const int32_t *offset, uint32_t pre_shift, uint32_t right, int32_t lo, int8_t *y, uint32_t behind,      \
        uint32_t beside, uint32_t outputs, uint32_t count)                                                      \
    {                                                                                                           \
        const uint32_t most = beside == 1u ? outputs : 4u;                                                      \
        for (; count > 0u; count--, x += 2u * next, y += 2u * behind) {                                         \
            for (uint32_t o = 0u; o < outputs; o += most) {                                                     \
                const uint32_t *const block = weights + o / 4u * (words) * ((inputs + 7u) / 8u);                \
                int8_t eight[8];                                                                                \
                mcx_pixels_##format##_requantized_##variant(block, x, next, inputs, multiplier + o, offset + o, \
                                                            pre_shift, right, lo, 127,                          \
                                                            beside == 1u ? y : eight,                           \
                                                            beside == 1u ? behind : 4u, most);                  \
                if (beside != 1u) {                                                                             \
                    mcx_pixels_put_eight(eight, y + o * beside, behind, beside);                                \
                }                                                                                               \
            }                                                                                                   \
        }                                                                                                       \
    }

#endif
