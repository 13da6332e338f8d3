/* Dense layers with codes of 4 bits, level = step * code + offset: four outputs times 32 inputs in 22 instructions.
 *
 *     sum of level * x = step * sum of code * x + offset * sum of x, the last sum once for all outputs
 *
 * Layout halves: an output has (inputs + 1) / 2 bytes, with h = inputs / 2:
 *
 *     bit        7..4     3..0
 *     byte i    h + i       i       (inputs, i < h)
 *     byte h      0     inputs - 1  if that is even
 *
 * So the nibbles of 16 bytes meet two runs of 16 inputs.  Codes are signed bytes or unsigned ones, as inputs are.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_HALVES_H
#define MCX_HALVES_H

#include "mcx_rows.h"

#define MCX_HALVES_ROW(row, type, sum)      \
    "vldrb.8 q2, [" row "], #16\n\t"        \
    "vand    q3, q2, q4\n\t"                \
    "vmladava." type " " sum ", q0, q3\n\t" \
    "vshr.u8 q2, q2, #4\n\t"                \
    "vmladava." type " " sum ", q1, q2\n\t"

#define MCX_DEFINE_DENSE_HALVES(format, variant, input_t, type, times, offset)                              \
    static inline void mcx_dense_##format##_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias, \
                                                      const input_t *x, uint32_t inputs, int32_t *acc,      \
                                                      uint32_t outputs)                                     \
    {                                                                                                       \
        const int32_t start = (int32_t)((uint32_t)(offset) * (uint32_t)mcx_sum_##variant(x, inputs));       \
        const uint32_t half = inputs / 2u, bytes = inputs - half, rows = mcx_rows_at_once(outputs);         \
        for (uint32_t o = 0u; o < outputs; o += rows) {                                                     \
            const uint32_t first = mcx_first_row(o, outputs);                                               \
            MCX_CONST uint8_t *const row = (MCX_CONST uint8_t *)weights + first * bytes;                    \
            const mcx_rows_t block = {row, x, rows == 1u ? 0u : bytes, half};                               \
            MCX_ROWS_REGISTERS(block)                                                                       \
            __asm__ volatile(MCX_ROWS_BEGIN                                                                 \
                             "add     r12, r3, lr\n\t"                                                      \
                             "vmov.i8 q4, #15\n\t"                                                          \
                             "wlstp.8 lr, lr, 2f\n\t"                                                       \
                             "1:\n\t"                                                                       \
                             "vldrb.8 q0, [r3], #16\n\t"                                                    \
                             "vldrb.8 q1, [r12], #16\n\t"                                                   \
                             MCX_HALVES_ROW("r0", type, "r4")                                               \
                             MCX_HALVES_ROW("r1", type, "r6")                                               \
                             MCX_HALVES_ROW("r2", type, "r8")                                               \
                             MCX_HALVES_ROW("r5", type, "r10")                                              \
                             "letp    lr, 1b\n\t"                                                           \
                             "2:"                                                                           \
                             : MCX_ROWS_OPERANDS                                                            \
                             :                                                                              \
                             : "q0", "q1", "q2", "q3", "q4", "r12", MCX_ROWS_CLOBBERS);                     \
            int32_t sums[4] = {sum0, sum1, sum2, sum3};                                                     \
            for (uint32_t k = 0u; bytes > half && k < rows; k++) {                                          \
                const int32_t code = row[k * bytes + half];                                                 \
                sums[k] = mcx_scale_acc(sums[k], 0u, code * x[half + half]);                                \
            }                                                                                               \
            mcx_finish_rows(sums, rows, acc + first, bias == NULL ? NULL : bias + first, (times) - 1u,      \
                            start);                                                                         \
        }                                                                                                   \
    }

#endif
