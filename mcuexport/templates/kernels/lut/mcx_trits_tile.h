/* The tables of mcx_dense_ternary.h and their use; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_TRITS_TILE_H
#define MCX_TRITS_TILE_H

#include <stdint.h>

/* For each four inputs nine rows, by c2 + 3 c3, of ten sums, by c0 + 3 c1; the tenth is not in use. */
typedef struct {
    int16_t sums[4][90];
} mcx_trits_table_t;

#define MCX_DEFINE_TRITS_FILL(variant, input_t)                                             \
    static inline void mcx_trits_fill_##variant(mcx_trits_table_t *table, const input_t *x) \
    {                                                                                       \
        for (uint32_t k = 0u; k < 4u; k++, x += 4) {                                        \
            int16_t *sums = table->sums[k];                                                 \
            for (int32_t c3 = 0, s3 = 0; c3 < 3; c3++, s3 += x[3]) {                        \
                for (int32_t c2 = 0, s2 = s3; c2 < 3; c2++, s2 += x[2], sums++) {           \
                    for (int32_t c1 = 0, s1 = s2; c1 < 3; c1++, s1 += x[1]) {               \
                        *sums++ = (int16_t)s1;                                              \
                        *sums++ = (int16_t)(s1 + x[0]);                                     \
                        *sums++ = (int16_t)(s1 + x[0] + x[0]);                              \
                    }                                                                       \
                }                                                                           \
            }                                                                               \
        }                                                                                   \
    }

static inline void mcx_trits_look_up(const uint32_t *words, const mcx_trits_table_t *table, int32_t *acc,
                                     uint32_t outputs)
{
    for (uint32_t o = 0u; o < outputs; o++) {
        for (uint32_t k = 0u; k < 4u; k++) {
            acc[o] += table->sums[k][(words[o] >> (8u * k) & 0xFFu) / 2u];
        }
    }
}

MCX_DEFINE_TRITS_FILL(u7, int8_t)
MCX_DEFINE_TRITS_FILL(u8, uint8_t)
MCX_DEFINE_TRITS_FILL(s8, int8_t)

#endif
