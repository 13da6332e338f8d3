/* Dense layers with levels step * code + offset, for AVRs with a multiplier: codes times inputs, 8 by 8 bits.
 *
 *     sum of level * x = step * sum of code * x + offset * sum of x, the last sum once for all outputs
 *
 * A word's products add up in 16 bits: 32 codes of 0 .. 1, 16 of 0 .. 3 or 8 of 0 .. 15, times 255; 8-bit codes need
 * 32 bits at once.  Counts fit 16 bits and sums of codes 32: no chip of this family has the flash for more weights.
 *
 * Budget for a product: 8.4 cycles of binary, 9.8 of 2 bits, 9.5 of 4, 12 of 8; for a word some 20.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DENSE_CODES_H
#define MCX_DENSE_CODES_H

#include "mcx_inputs.h"
#include "mcx_memory.h"

/* Inputs are unsigned, or signed; codes are always unsigned. */
#define MCX_MULTIPLY_u8 "mul   "
#define MCX_MULTIPLY_s8 "mulsu "
#define MCX_EXTEND_u8 "clr   %[high]\n\t"
#define MCX_EXTEND_s8 "sbc   %[high], %[high]\n\t" /* MULSU leaves the product's sign in the carry */

/* The next input times `code`. */
#define MCX_PRODUCT(variant, code)                \
    "ld    %[x], %a[input]+\n\t"                  \
    MCX_MULTIPLY_##variant "%[x], " code "\n\t"   \
    "add   %A[part], r0\n\t"                      \
    "adc   %B[part], r1\n\t"

#define MCX_CODE_1(variant, bit) \
    "bst   %[byte], " bit "\n\t" \
    "bld   %[code], 0\n\t"       \
    MCX_PRODUCT(variant, "%[code]")
#define MCX_CODE_2(variant)      \
    "mov   %[code], %[byte]\n\t" \
    "andi  %[code], 3\n\t"       \
    MCX_PRODUCT(variant, "%[code]")
#define MCX_NEXT_2    \
    "lsr   %[byte]\n\t" \
    "lsr   %[byte]\n\t"

#define MCX_LOAD "lpm   %[byte], %a[bytes]+\n\t"
#define MCX_BYTE_1(v)                                                                 \
    MCX_LOAD MCX_CODE_1(v, "0") MCX_CODE_1(v, "1") MCX_CODE_1(v, "2") MCX_CODE_1(v, "3") \
    MCX_CODE_1(v, "4") MCX_CODE_1(v, "5") MCX_CODE_1(v, "6") MCX_CODE_1(v, "7")
#define MCX_BYTE_2(v) \
    MCX_LOAD MCX_CODE_2(v) MCX_NEXT_2 MCX_CODE_2(v) MCX_NEXT_2 MCX_CODE_2(v) MCX_NEXT_2 MCX_PRODUCT(v, "%[byte]")
#define MCX_BYTE_4(v)               \
    MCX_LOAD                        \
    "mov   %[code], %[byte]\n\t"    \
    "andi  %[code], 15\n\t"         \
    MCX_PRODUCT(v, "%[code]")       \
    "swap  %[byte]\n\t"             \
    "andi  %[byte], 15\n\t"         \
    MCX_PRODUCT(v, "%[byte]")
#define MCX_BYTE_8(variant)                       \
    MCX_LOAD                                      \
    "ld    %[x], %a[input]+\n\t"                  \
    MCX_MULTIPLY_##variant "%[x], %[byte]\n\t"    \
    MCX_EXTEND_##variant                          \
    "add   %A[sum], r0\n\t"                       \
    "adc   %B[sum], r1\n\t"                       \
    "adc   %C[sum], %[high]\n\t"                  \
    "adc   %D[sum], %[high]\n\t"

/* sum += the products of a word. */
#define MCX_ADD_WORD(bits, variant)                                                                             \
    {                                                                                                           \
        int16_t part = 0;                                                                                       \
        uint8_t byte, value, code = 0u;                                                                         \
        __asm__ volatile(MCX_BYTE_##bits(variant) MCX_BYTE_##bits(variant)                                      \
                         MCX_BYTE_##bits(variant) MCX_BYTE_##bits(variant)                                      \
                         "clr   r1"                                                                             \
                         : [bytes] "+z"(bytes), [input] "+x"(input), [part] "+r"(part), [byte] "=&a"(byte),     \
                           [x] "=&a"(value), [code] "+a"(code)                                                  \
                         :                                                                                      \
                         : "r0", "memory");                                                                     \
        sum += part;                                                                                            \
    }
#define MCX_ADD_WORD_1(variant) MCX_ADD_WORD(1, variant)
#define MCX_ADD_WORD_2(variant) MCX_ADD_WORD(2, variant)
#define MCX_ADD_WORD_4(variant) MCX_ADD_WORD(4, variant)
#define MCX_ADD_WORD_8(variant)                                                                                 \
    {                                                                                                           \
        uint8_t byte, value, high;                                                                              \
        __asm__ volatile(MCX_BYTE_8(variant) MCX_BYTE_8(variant) MCX_BYTE_8(variant) MCX_BYTE_8(variant)        \
                         "clr   r1"                                                                             \
                         : [bytes] "+z"(bytes), [input] "+x"(input), [sum] "+r"(sum), [byte] "=&a"(byte),       \
                           [x] "=&a"(value), [high] "=&r"(high)                                                 \
                         :                                                                                      \
                         : "r0", "memory");                                                                     \
    }

#define MCX_DEFINE_DENSE_OF_CODES(format, bits, step, offset, variant, input_t)                                 \
    static inline void mcx_dense_##format##_##variant(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias,     \
                                                      const input_t *x, uint32_t inputs, int32_t *acc,          \
                                                      uint32_t outputs)                                         \
    {                                                                                                           \
        const int32_t start = (offset) * mcx_sum_##variant(x, inputs);                                          \
        const uint8_t rest = inputs % (32u / (bits)) != 0u;                                                     \
        MCX_CONST uint8_t *bytes = (MCX_CONST uint8_t *)weights;                                                \
        input_t tail[32u / (bits)];                                                                             \
                                                                                                                \
        mcx_tail_##variant(x, inputs, tail, 32u / (bits));                                                      \
        for (uint16_t o = 0u; o < (uint16_t)outputs; o++) {                                                     \
            const input_t *input = x;                                                                           \
            int32_t sum = 0;                                                                                    \
            for (uint16_t words = (uint16_t)(inputs / (32u / (bits))); words > 0u; words--) {                   \
                MCX_ADD_WORD_##bits(variant)                                                                    \
            }                                                                                                   \
            if (rest) {                                                                                         \
                input = tail;                                                                                   \
                MCX_ADD_WORD_##bits(variant)                                                                    \
            }                                                                                                   \
            acc[o] = (step) * sum + start + (bias == NULL ? 0 : bias[o]);                                       \
        }                                                                                                       \
    }

#define MCX_DEFINE_ALL_DENSE_OF_CODES(format, bits, step, offset)                                               \
    MCX_DEFINE_DENSE_OF_CODES(format, bits, step, offset, u8, uint8_t)                                          \
    MCX_DEFINE_DENSE_OF_CODES(format, bits, step, offset, s8, int8_t)                                           \
    static inline void mcx_dense_##format##_u7(MCX_CONST uint32_t *weights, MCX_CONST int32_t *bias,            \
                                               const int8_t *x, uint32_t inputs, int32_t *acc, uint32_t outputs)\
    {                                                                                                           \
        mcx_dense_##format##_s8(weights, bias, x, inputs, acc, outputs);                                        \
    }

#endif
