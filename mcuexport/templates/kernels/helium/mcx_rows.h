/* What the dense kernels of Helium share: four rows of weights at once, so that inputs are loaded once for four outputs.
 *
 * The inner loops are assembler, since what makes them short is the loop itself: DLSTP and LETP count the elements that
 * are left and mask those of the last round that are not there.  So no row is filled up, nothing is read behind its end,
 * and the loop has no second half for the rest.  gcc 12 makes no such loops from arm_mve.h's intrinsics.
 *
 * They take nearly all registers, so what they work on is passed in memory.  Sums wrap: the exporter has checked that
 * the result fits int32.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_ROWS_H
#define MCX_ROWS_H

#include "mcx_acc.h"
#include "mcx_inputs.h"

/* x: one or two runs of inputs, of `left` elements. */
typedef struct {
    const void *row[4];
    const void *x[2];
    uint32_t left;
} mcx_rows_t;

/* `rows` to registers 0 to 3, 5, 12 and lr; the sums are in even ones, as VMLADAVA wants them. */
#define MCX_ROWS_REGISTERS(rows)                           \
    register const mcx_rows_t *at __asm__("r0") = &(rows); \
    register int32_t sum0 __asm__("r4");                   \
    register int32_t sum1 __asm__("r6");                   \
    register int32_t sum2 __asm__("r8");                   \
    register int32_t sum3 __asm__("r10");
#define MCX_ROWS_BEGIN                              \
    "ldm     r0, {r0, r1, r2, r3, r5, r12, lr}\n\t" \
    "mov     r4, #0\n\t"                            \
    "mov     r6, #0\n\t"                            \
    "mov     r8, #0\n\t"                            \
    "mov     r10, #0\n\t"
#define MCX_ROWS_OPERANDS "+r"(at), "=r"(sum0), "=r"(sum1), "=r"(sum2), "=r"(sum3)
#define MCX_ROWS_CLOBBERS "r1", "r2", "r3", "r5", "r12", "lr", "memory"

/* The rows of outputs o to o + 3; behind the last one the last one's, whose sum is dropped. */
static inline void mcx_four_rows(mcx_rows_t *rows, MCX_CONST void *weights, uint32_t bytes, uint32_t o,
                                 uint32_t outputs)
{
    for (uint32_t k = 0u; k < 4u; k++) {
        const uint32_t output = o + k < outputs ? o + k : outputs - 1u;
        rows->row[k] = (MCX_CONST uint8_t *)weights + output * bytes;
    }
}

/* acc[o] to acc[o + 3], as far as there are outputs; bias may be NULL. */
static inline void mcx_finish_rows(const int32_t *sums, int32_t *acc, uint32_t o, uint32_t outputs,
                                   MCX_CONST int32_t *bias, uint32_t shift, int32_t start)
{
    for (uint32_t k = 0u; k < 4u && o + k < outputs; k++) {
        acc[o + k] = mcx_scale_acc(sums[k], shift, start) + (bias == NULL ? 0 : bias[o + k]);
    }
}

#endif
