/* Dense layer with int8 weights, which are stored as their levels: four outputs times 16 inputs in 9 instructions.
 * Layout: bytes.
 *
 * VMLADAVA multiplies signed bytes by signed ones, or unsigned by unsigned.  Inputs up to 255 are multiplied by
 * level + 128, the level's byte with its highest bit inverted, and 128 times their sum is taken off.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_INT8_H
#define MCX_DENSE_INT8_H

#include "mcx_rows.h"

#define MCX_INT8_ROW(row, flip, type, sum) \
    "vldrb.8 q1, [" row "], #16\n\t" flip  \
    "vmladava." type " " sum ", q0, q1\n\t"

#define MCX_INT8_SIGNED ""
#define MCX_INT8_UNSIGNED "veor    q1, q1, q2\n\t"

#define MCX_DEFINE_DENSE_INT8(variant, input_t, flip, type, offset)                                                \
    static inline void mcx_dense_int8_##variant(MCX_CONST int8_t *weights, MCX_CONST int32_t *bias,                \
                                                const input_t *x, uint32_t inputs, int32_t *acc, uint32_t outputs) \
    {                                                                                                              \
        const uint32_t total = (offset) == 0 ? 0u : (uint32_t)mcx_sum_##variant(x, inputs);                        \
        const uint32_t rows = mcx_rows_at_once(outputs);                                                           \
        for (uint32_t o = 0u; o < outputs; o += rows) {                                                            \
            const uint32_t first = mcx_first_row(o, outputs);                                                      \
            const mcx_rows_t block = {weights + first * inputs, x, rows == 1u ? 0u : inputs, inputs};              \
            MCX_ROWS_REGISTERS(block)                                                                              \
            __asm__ volatile(MCX_ROWS_BEGIN                                                                        \
                             "vmov.i8 q2, #128\n\t"                                                                \
                             "dlstp.8 lr, lr\n\t"                                                                  \
                             "1:\n\t"                                                                              \
                             "vldrb.8 q0, [r3], #16\n\t"                                                           \
                             MCX_INT8_ROW("r0", flip, type, "r4")                                                  \
                             MCX_INT8_ROW("r1", flip, type, "r6")                                                  \
                             MCX_INT8_ROW("r2", flip, type, "r8")                                                  \
                             MCX_INT8_ROW("r5", flip, type, "r10")                                                 \
                             "letp    lr, 1b"                                                                      \
                             : MCX_ROWS_OPERANDS                                                                   \
                             :                                                                                     \
                             : "q0", "q1", "q2", MCX_ROWS_CLOBBERS);                                               \
            const int32_t sums[4] = {sum0, sum1, sum2, sum3};                                                      \
            mcx_finish_rows(sums, rows, acc + first, bias == NULL ? NULL : bias + first, 0u,                       \
                            (int32_t)((uint32_t)(offset) * total));                                                \
        }                                                                                                          \
    }

MCX_DEFINE_DENSE_INT8(u7, int8_t, MCX_INT8_SIGNED, "s8", 0)
MCX_DEFINE_DENSE_INT8(u8, uint8_t, MCX_INT8_UNSIGNED, "u8", -128)
MCX_DEFINE_DENSE_INT8(s8, int8_t, MCX_INT8_SIGNED, "s8", 0)

#endif
