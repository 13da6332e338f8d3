/* The innermost loop of mcx_bytes.h, over some groups of inputs; the definition is mul/mcx_bytes_block.h.
 *
 * For RV32 with M.
 *
 * Budget: 15 cycles for an input, four products; 5 for the loop, once in four inputs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTES_BLOCK_H
#define MCX_BYTES_BLOCK_H

#include <stdint.h>

#define MCX_BYTES_AT(shift, raw)         \
    "srai  %[t], %[word], " shift "\n\t" \
    "mul   %[t], %[t], %[x]\n\t"         \
    "add   " raw ", " raw ", %[t]\n\t"

#define MCX_BYTES_INPUT(i, at, load)      \
    load "    %[x], " i "(%[inputs])\n\t" \
    "lw    %[word], " at "(%[words])\n\t" \
    MCX_BYTES_AT("8", "%[raw1]")          \
    MCX_BYTES_AT("16", "%[raw2]")         \
    MCX_BYTES_AT("24", "%[raw3]")         \
    "mul   %[word], %[word], %[x]\n\t"    \
    "add   %[raw0], %[raw0], %[word]\n\t"

#define MCX_DEFINE_BYTES_BLOCK(variant, input_t, load)                                                      \
    static inline void mcx_bytes_block_##variant(const uint32_t *words, const input_t *inputs,              \
                                                 uint32_t groups, uint32_t *raw)                            \
    {                                                                                                       \
        uint32_t raw0 = 0u, raw1 = 0u, raw2 = 0u, raw3 = 0u, word, x, t;                                    \
        __asm__ volatile("1:\n\t"                                                                           \
                         MCX_BYTES_INPUT("0", "0", load)                                                    \
                         MCX_BYTES_INPUT("1", "4", load)                                                    \
                         MCX_BYTES_INPUT("2", "8", load)                                                    \
                         MCX_BYTES_INPUT("3", "12", load)                                                   \
                         "addi  %[words], %[words], 16\n\t"                                                 \
                         "addi  %[inputs], %[inputs], 4\n\t"                                                \
                         "bne   %[inputs], %[end], 1b"                                                      \
                         : [words] "+r"(words), [inputs] "+r"(inputs), [raw0] "+r"(raw0), [raw1] "+r"(raw1), \
                           [raw2] "+r"(raw2), [raw3] "+r"(raw3), [word] "=&r"(word), [x] "=&r"(x),          \
                           [t] "=&r"(t)                                                                     \
                         : [end] "r"(inputs + 4u * groups)                                                  \
                         : "memory");                                                                       \
        raw[0] = raw0;                                                                                      \
        raw[1] = raw1;                                                                                      \
        raw[2] = raw2;                                                                                      \
        raw[3] = raw3;                                                                                      \
    }

MCX_DEFINE_BYTES_BLOCK(u7, int8_t, "lbu")
MCX_DEFINE_BYTES_BLOCK(u8, uint8_t, "lbu")
MCX_DEFINE_BYTES_BLOCK(s8, int8_t, "lb ")

#endif
