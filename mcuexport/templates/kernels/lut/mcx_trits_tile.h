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
            for (uint32_t i = 0u; i < 90u; i++) {                                           \
                const int32_t column = (int32_t)(i % 10u), row = (int32_t)(i / 10u);        \
                const int32_t low = column % 3 * x[0] + column / 3 * x[1];                  \
                table->sums[k][i] = (int16_t)(low + row % 3 * x[2] + row / 3 * x[3]);       \
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
