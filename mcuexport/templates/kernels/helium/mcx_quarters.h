/* Dense layers with codes of 2 bits, level = step * code + offset: four outputs times 64 inputs in 48 instructions.
 *
 *     sum of level * x = step * sum of code * x + offset * sum of x, the last sum once for all outputs
 *
 * Layout quarters: an output has (inputs + 3) / 4 bytes, with q = inputs / 4:
 *
 *     bit        7..6     5..4     3..2     1..0
 *     byte i    3q + i   2q + i   q + i      i      (inputs, i < q)
 *     byte q      0      4q + 2   4q + 1     4q     as far as there are inputs, if any are left
 *
 * So the same two bits of 16 bytes meet a run of 16 inputs.  Codes are signed bytes or unsigned ones, as inputs are.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_QUARTERS_H
#define MCX_QUARTERS_H

#include "mcx_rows.h"

#define MCX_QUARTERS_NEXT(x, type, sum)        \
    "vand    q5, q4, q6\n\t"                   \
    "vmladava." type " " sum ", " x ", q5\n\t" \
    "vshr.u8 q4, q4, #2\n\t"

#define MCX_QUARTERS_ROW(row, type, sum) \
    "vldrb.8 q4, [" row "], #16\n\t"     \
    MCX_QUARTERS_NEXT("q0", type, sum)   \
    MCX_QUARTERS_NEXT("q1", type, sum)   \
    MCX_QUARTERS_NEXT("q2", type, sum)   \
    "vmladava." type " " sum ", q3, q4\n\t"

#define MCX_DEFINE_DENSE_QUARTERS(format, variant, input_t, type, times, offset)                            \
    static inline void mcx_dense_##format##_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, \
                                                      const input_t *x, uint32_t inputs, int32_t *acc,      \
                                                      uint32_t outputs)                                     \
    {                                                                                                       \
        const int32_t start = (int32_t)((uint32_t)(offset) * (uint32_t)mcx_sum_##variant(x, inputs));       \
        const uint32_t quarter = inputs / 4u, bytes = (inputs + 3u) / 4u;                                   \
        const uint32_t rows = mcx_rows_at_once(outputs);                                                    \
        int32_t rest[3] = {0, 0, 0};                                                                        \
        for (uint32_t i = 4u * quarter; i < inputs; i++) {                                                  \
            rest[i % 4u] = x[i];                                                                            \
        }                                                                                                   \
        for (uint32_t o = 0u; o < outputs; o += rows) {                                                     \
            const uint32_t first = mcx_first_row(o, outputs);                                               \
            MCX_CONST uint8_t *const row = (MCX_CONST uint8_t *)weights + first * bytes;                    \
            const mcx_rows_t block = {row, x, rows == 1u ? 0u : bytes, quarter};                            \
            MCX_ROWS_REGISTERS(block)                                                                       \
            __asm__ volatile(MCX_ROWS_BEGIN                                                                 \
                             "add     r9, r3, lr\n\t"                                                       \
                             "add     r11, r9, lr\n\t"                                                      \
                             "add     r12, r11, lr\n\t"                                                     \
                             "vmov.i8 q6, #3\n\t"                                                           \
                             "wlstp.8 lr, lr, 2f\n\t"                                                       \
                             "1:\n\t"                                                                       \
                             "vldrb.8 q0, [r3], #16\n\t"                                                    \
                             "vldrb.8 q1, [r9], #16\n\t"                                                    \
                             "vldrb.8 q2, [r11], #16\n\t"                                                   \
                             "vldrb.8 q3, [r12], #16\n\t"                                                   \
                             MCX_QUARTERS_ROW("r0", type, "r4")                                             \
                             MCX_QUARTERS_ROW("r1", type, "r6")                                             \
                             MCX_QUARTERS_ROW("r2", type, "r8")                                             \
                             MCX_QUARTERS_ROW("r5", type, "r10")                                            \
                             "letp    lr, 1b\n\t"                                                           \
                             "2:"                                                                           \
                             : MCX_ROWS_OPERANDS                                                            \
                             :                                                                              \
                             : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "r9", "r11", "r12",                \
                               MCX_ROWS_CLOBBERS);                                                          \
            int32_t sums[4] = {sum0, sum1, sum2, sum3};                                                     \
            for (uint32_t k = 0u; bytes > quarter && k < rows; k++) {                                       \
                const uint32_t codes = row[k * bytes + quarter];                                            \
                for (uint32_t i = 0u; i < 3u; i++) {                                                        \
                    sums[k] = mcx_scale_acc(sums[k], 0u, (int32_t)((codes >> (2u * i)) & 3u) * rest[i]);    \
                }                                                                                           \
            }                                                                                               \
            mcx_finish_rows(sums, rows, acc + first, bias == NULL ? NULL : bias + first, (times) - 1u,      \
                            start);                                                                         \
        }                                                                                                   \
    }

#endif
