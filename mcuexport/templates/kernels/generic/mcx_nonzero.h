/* Dense layers with levels step * code + offset that pass over inputs of zero.
 *
 * The inputs that are not zero are listed, so many at a time, and only their columns of weights are multiplied;
 * the result is exact for any inputs.  An entry is (k counts inputs, a word of weights holds `per_word` of them)
 *
 *     bit 31..10                  9..8             7..0
 *         k - k % per_word        k % per_word     x[k]
 *
 * so that entry >> 8 is the byte offset of column k where a word holds one input of a block.
 * A family's `run_<signed or unsigned>` does the products: acc[o] += sum of code * x, over the list.
 *
 *     most    entries after which `run` has to take its sums apart, so that it is not given more at once; even,
 *             and a list of odd length is followed by an entry of zero
 *     period, high    as in mcx_dense_blocks.h
 *
 * Bound: inputs <= 2^22.  Takes 4 * most bytes of stack for the list.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_NONZERO_H
#define MCX_NONZERO_H

#include "mcx_acc.h"

/* Which columns to work on. */
typedef struct {
    const uint32_t *weights; /* of the whole layer */
    uint32_t inputs;         /* of the whole layer */
    const uint32_t *list;
    uint32_t count; /* entries in the list, at least one */
} mcx_columns_t;

#define MCX_DEFINE_NONZERO(format, sign, input_t, run, room, per_word, step, offset, period, high)    \
    static inline void mcx_nonzero_##format##_##sign(const uint32_t *weights, const int32_t *bias,    \
                                                     const input_t *x, uint32_t inputs, int32_t *acc, \
                                                     uint32_t outputs, uint32_t most)                 \
    {                                                                                                 \
        uint32_t list[room];                                                                          \
        mcx_columns_t columns = {weights, inputs, list, 0u};                                          \
        int32_t total = 0;                                                                            \
                                                                                                      \
        mcx_clear_acc(acc, outputs);                                                                  \
        for (uint32_t k = 0u; k < inputs;) {                                                          \
            uint32_t *entry = list;                                                                   \
            while (k < inputs) {                                                                      \
                const int32_t value = x[k++];                                                         \
                if (value != 0) {                                                                     \
                    const uint32_t part = (k - 1u) % (per_word);                                      \
                    *entry++ = (k - 1u - part) << 10 | part << 8 | ((uint32_t)value & 0xFFu);         \
                    total += value;                                                                   \
                    if (entry == list + most) {                                                       \
                        break;                                                                        \
                    }                                                                                 \
                }                                                                                     \
            }                                                                                         \
            columns.count = (uint32_t)(entry - list);                                                 \
            if (columns.count % 2u != 0u) {                                                           \
                *entry = 0u;                                                                          \
            }                                                                                         \
            if (columns.count > 0u) {                                                                 \
                run##_##sign(&columns, acc, outputs);                                                 \
            }                                                                                         \
        }                                                                                             \
        const int32_t even = (offset) * total;                                                        \
        const int32_t odd = even + ((period) == 2u ? (step) * (high) * total : 0);                    \
        const int32_t last = even + (step) * (high) * total;                                          \
        const int32_t start[4] = {even, odd, even, last};                                             \
        mcx_finish_acc(acc, outputs, (step) - 1u, start, bias);                                       \
    }

#define MCX_DEFINE_NONZERO_VARIANT(format, variant, input_t, sign, byte_t, most)                               \
    static inline void mcx_dense_##format##_nonzero_##variant(const uint32_t *weights, const int32_t *bias,    \
                                                              const input_t *x, uint32_t inputs, int32_t *acc, \
                                                              uint32_t outputs)                                \
    {                                                                                                          \
        mcx_nonzero_##format##_##sign(weights, bias, (const byte_t *)x, inputs, acc, outputs, most);           \
    }

/* most: for inputs 0 .. 127; `fewer` for all others. */
#define MCX_DEFINE_DENSE_NONZERO(format, run, most, fewer, per_word, step, offset, period, high)   \
    MCX_DEFINE_NONZERO(format, unsigned, uint8_t, run, most, per_word, step, offset, period, high) \
    MCX_DEFINE_NONZERO(format, signed, int8_t, run, fewer, per_word, step, offset, period, high)   \
    MCX_DEFINE_NONZERO_VARIANT(format, u7, int8_t, unsigned, uint8_t, most)                        \
    MCX_DEFINE_NONZERO_VARIANT(format, u8, uint8_t, unsigned, uint8_t, fewer)                      \
    MCX_DEFINE_NONZERO_VARIANT(format, s8, int8_t, signed, int8_t, fewer)

#endif
