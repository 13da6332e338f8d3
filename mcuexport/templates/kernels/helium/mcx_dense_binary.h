/* Dense layer with binary weights: 1 bit, level = 2 code - 1: four outputs times 16 inputs in 17 instructions.
 * Layout: rows.
 *
 *     sum of level * x = 2 * sum of the x whose code is 1 - sum of x, the last sum once for all outputs
 *
 * The codes of 16 inputs are a predicate: which lanes VADDVA adds up.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_BINARY_H
#define MCX_DENSE_BINARY_H

#include "mcx_rows.h"

#define MCX_BINARY_ROW(row, type, sum) \
    "ldrh    r12, [" row "], #2\n\t"   \
    "vmsr    p0, r12\n\t"              \
    "vpst\n\t"                         \
    "vaddvat." type " " sum ", q0\n\t"

#define MCX_DEFINE_DENSE_BINARY(variant, input_t, type)                                                  \
    static inline void mcx_dense_binary_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias,  \
                                                  const input_t *x, uint32_t inputs, int32_t *acc,       \
                                                  uint32_t outputs)                                      \
    {                                                                                                    \
        const int32_t start = -mcx_sum_##variant(x, inputs);                                             \
        const uint32_t words = (inputs + 31u) / 32u, rows = mcx_rows_at_once(outputs);                   \
        for (uint32_t o = 0u; o < outputs; o += rows) {                                                  \
            const uint32_t first = mcx_first_row(o, outputs);                                            \
            const mcx_rows_t block = {weights + first * words, x, rows == 1u ? 0u : 4u * words, inputs}; \
            MCX_ROWS_REGISTERS(block)                                                                    \
            __asm__ volatile(MCX_ROWS_BEGIN                                                              \
                             "dlstp.8 lr, lr\n\t"                                                        \
                             "1:\n\t"                                                                    \
                             "vldrb.8 q0, [r3], #16\n\t"                                                 \
                             MCX_BINARY_ROW("r0", type, "r4")                                            \
                             MCX_BINARY_ROW("r1", type, "r6")                                            \
                             MCX_BINARY_ROW("r2", type, "r8")                                            \
                             MCX_BINARY_ROW("r5", type, "r10")                                           \
                             "letp    lr, 1b"                                                            \
                             : MCX_ROWS_OPERANDS                                                         \
                             :                                                                           \
                             : "q0", "r12", MCX_ROWS_CLOBBERS);                                          \
            const int32_t sums[4] = {sum0, sum1, sum2, sum3};                                            \
            mcx_finish_rows(sums, rows, acc + first, bias == NULL ? NULL : bias + first, 1u, start);     \
        }                                                                                                \
    }

MCX_DEFINE_DENSE_BINARY(u7, int8_t, "s8")
MCX_DEFINE_DENSE_BINARY(u8, uint8_t, "u8")
MCX_DEFINE_DENSE_BINARY(s8, int8_t, "s8")

#endif
