/* What the dense kernels of Helium share: four rows of weights at once, for which inputs are loaded once.
 *
 * The inner loops are assembler, since what makes them short is the loop itself: DLSTP and LETP count the elements
 * that are left and mask those of the last round that are not there.  So no row is filled up, nothing is read behind
 * its end, and the loop has no second half for the rest.  gcc 12 makes no such loops from arm_mve.h's intrinsics.
 *
 * The last four outputs may be some of the four before again, which get the same results.  Of less than four each is
 * made by itself, its row read four times.  Sums wrap: the exporter has checked that the result fits int32.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_ROWS_H
#define MCX_ROWS_H

#include "mcx_acc.h"
#include "mcx_inputs.h"

/* Where the first row and the inputs are, the bytes from one row to the next, how many elements are left. */
typedef struct {
    const void *row, *x;
    uint32_t step, left;
} mcx_rows_t;

/* Rows of weights that are made at once. */
static inline uint32_t mcx_rows_at_once(uint32_t outputs)
{
    return outputs < 4u ? 1u : 4u;
}

/* The first of those from output o on. */
static inline uint32_t mcx_first_row(uint32_t o, uint32_t outputs)
{
    const uint32_t rows = mcx_rows_at_once(outputs);
    return o + rows > outputs ? outputs - rows : o;
}

/* Rows in r0, r1, r2 and r5, inputs in r3; sums in even registers, as VMLADAVA wants them.  All are named, and what
 * they are loaded with comes through memory: in a large function compilers find no room for as many operands. */
#define MCX_ROWS_REGISTERS(rows)                           \
    register const mcx_rows_t *at __asm__("r0") = &(rows); \
    register int32_t sum0 __asm__("r4");                   \
    register int32_t sum1 __asm__("r6");                   \
    register int32_t sum2 __asm__("r8");                   \
    register int32_t sum3 __asm__("r10");
#define MCX_ROWS_BEGIN                 \
    "ldm     r0, {r0, r3, r5, lr}\n\t" \
    "mov     r4, #0\n\t"               \
    "add     r1, r0, r5\n\t"           \
    "mov     r6, #0\n\t"               \
    "add     r2, r1, r5\n\t"           \
    "mov     r8, #0\n\t"               \
    "add     r5, r2, r5\n\t"           \
    "mov     r10, #0\n\t"
#define MCX_ROWS_OPERANDS "+r"(at), "=r"(sum0), "=r"(sum1), "=r"(sum2), "=r"(sum3)
#define MCX_ROWS_CLOBBERS "r1", "r2", "r3", "r5", "lr", "memory"

/* acc = sum * 2^shift + start + bias, of one output or four; bias may be NULL. */
static inline void mcx_finish_rows(const int32_t *sums, uint32_t rows, int32_t *acc, MCX_CONST int32_t *bias,
                                   uint32_t shift, int32_t start)
{
    for (uint32_t k = 0u; k < rows; k++) {
        acc[k] = mcx_scale_acc(sums[k], shift, start) + (bias == NULL ? 0 : bias[k]);
    }
}

#endif
