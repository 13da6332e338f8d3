/* The tables of mcx_planes.h and their use; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PLANES_TILE_H
#define MCX_PLANES_TILE_H

#include <stdint.h>

/* The six tables, 32, 32, 64, 32, 32 and 64 sums, one behind the other. */
typedef struct {
    int16_t sums[256];
} mcx_planes_table_t;

/* The first input of a table, how many it has, and where it begins. */
static const uint8_t mcx_planes_shape[6][3] = {{0, 5, 0},   {5, 5, 32},   {10, 6, 64},
                                               {16, 5, 128}, {21, 5, 160}, {26, 6, 192}};

#define MCX_DEFINE_PLANES_FILL(variant, input_t)                                                        \
    static inline void mcx_planes_fill_##variant(mcx_planes_table_t *table, const input_t *x)           \
    {                                                                                                   \
        for (uint32_t t = 0u; t < 6u; t++) {                                                            \
            int16_t *const sums = table->sums + mcx_planes_shape[t][2];                                 \
            sums[0] = 0;                                                                                \
            for (uint32_t i = 0u; i < mcx_planes_shape[t][1]; i++) {                                    \
                for (uint32_t subset = 0u; subset < 1u << i; subset++) {                                \
                    sums[(1u << i) + subset] = (int16_t)(sums[subset] + x[mcx_planes_shape[t][0] + i]); \
                }                                                                                       \
            }                                                                                           \
        }                                                                                               \
    }

/* The sum of the inputs whose bits are set in a plane: an entry of each table. */
static inline int32_t mcx_planes_sum(const int16_t *sums, uint32_t plane)
{
    return sums[plane & 31u] + sums[32u + (plane >> 5 & 31u)] + sums[64u + (plane >> 10 & 63u)] +
           sums[128u + (plane >> 16 & 31u)] + sums[160u + (plane >> 21 & 31u)] + sums[192u + (plane >> 26)];
}

#define MCX_DEFINE_PLANES_LOOK_UP(planes)                                                                   \
    static inline void mcx_planes##planes##_look_up(const uint32_t *words, const mcx_planes_table_t *table, \
                                                    int32_t *acc, uint32_t outputs)                         \
    {                                                                                                       \
        for (uint32_t o = 0u; o < outputs; o++) {                                                           \
            int32_t sum = 0;                                                                                \
            for (uint32_t p = 0u; p < (planes); p++) {                                                      \
                sum = 2 * sum + mcx_planes_sum(table->sums, *words++);                                      \
            }                                                                                               \
            acc[o] += sum;                                                                                  \
        }                                                                                                   \
    }

MCX_DEFINE_PLANES_FILL(u7, int8_t)
MCX_DEFINE_PLANES_FILL(u8, uint8_t)
MCX_DEFINE_PLANES_FILL(s8, int8_t)
MCX_DEFINE_PLANES_LOOK_UP(1)
MCX_DEFINE_PLANES_LOOK_UP(2)
MCX_DEFINE_PLANES_LOOK_UP(4)
MCX_DEFINE_PLANES_LOOK_UP(5)
MCX_DEFINE_PLANES_LOOK_UP(8)

#endif
