/* The innermost loop of mcx_bytes.h, over some groups of inputs; the definition is mul/mcx_bytes_block.h.
 *
 * For ARMv6-M and later; the sums live in r8 to r11, which ADD can reach.
 *
 * Budget: 15 cycles for an input, four products; 4 for the loop, once in four inputs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTES_BLOCK_H
#define MCX_BYTES_BLOCK_H

#include <stdint.h>

#define MCX_BYTES_AT(shift, raw)          \
    "asrs  %[t], %[word], #" shift "\n\t" \
    "muls  %[t], %[x], %[t]\n\t"          \
    "add   " raw ", " raw ", %[t]\n\t"

#define MCX_BYTES_INPUT(i, extend)        \
    "ldrb  %[x], [%[inputs], #" i "]\n\t" \
    extend                                \
    "ldm   %[words]!, {%[word]}\n\t"      \
    MCX_BYTES_AT("8", "r9")               \
    MCX_BYTES_AT("16", "r10")             \
    MCX_BYTES_AT("24", "r11")             \
    "muls  %[word], %[x], %[word]\n\t"    \
    "add   r8, r8, %[word]\n\t"

#define MCX_DEFINE_BYTES_BLOCK(variant, input_t, extend)                                       \
    static inline void mcx_bytes_block_##variant(const uint32_t *words, const input_t *inputs, \
                                                 uint32_t groups, uint32_t *raw)               \
    {                                                                                          \
        uint32_t word = 0u, x, t;                                                              \
        __asm__ volatile(".syntax unified\n\t"                                                 \
                         "mov   r8, %[word]\n\t"                                               \
                         "mov   r9, %[word]\n\t"                                               \
                         "mov   r10, %[word]\n\t"                                              \
                         "mov   r11, %[word]\n"                                                \
                         "1:\n\t"                                                              \
                         MCX_BYTES_INPUT("0", extend)                                          \
                         MCX_BYTES_INPUT("1", extend)                                          \
                         MCX_BYTES_INPUT("2", extend)                                          \
                         MCX_BYTES_INPUT("3", extend)                                          \
                         "adds  %[inputs], #4\n\t"                                             \
                         "subs  %[groups], #1\n\t"                                             \
                         "bne   1b\n\t"                                                        \
                         "mov   %[word], r8\n\t"                                               \
                         "mov   %[x], r9\n\t"                                                  \
                         "mov   %[t], r10\n\t"                                                 \
                         "mov   %[groups], r11"                                                \
                         : [words] "+l"(words), [inputs] "+l"(inputs), [groups] "+l"(groups),  \
                           [word] "+l"(word), [x] "=&l"(x), [t] "=&l"(t)                       \
                         :                                                                     \
                         : "r8", "r9", "r10", "r11", "cc", "memory");                          \
        raw[0] = word;                                                                         \
        raw[1] = x;                                                                            \
        raw[2] = t;                                                                            \
        raw[3] = groups;                                                                       \
    }

MCX_DEFINE_BYTES_BLOCK(u7, int8_t, "")
MCX_DEFINE_BYTES_BLOCK(u8, uint8_t, "")
MCX_DEFINE_BYTES_BLOCK(s8, int8_t, "sxtb  %[x], %[x]\n\t")

#endif
