/* The innermost loop of mcx_codebook.h, four outputs over some groups of inputs.
 *
 * For ARMv6-M and later; the definition is mul/mcx_codebook_block.h.  Where inputs are 0 .. 127, two products
 * fit a half, 2 * 256 * 127 < 2^16, and their high half is the upper of both.
 *
 * Budget: 16 cycles for four products of two inputs 0 .. 127, 10 for two products of any other input; 2 for an
 * input; 6 for the loop, once in four inputs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CODEBOOK_BLOCK_H
#define MCX_CODEBOOK_BLOCK_H

#include <stdint.h>

#define MCX_CODEBOOK_WORD(to, byte)           \
    "ldrb  " to ", [%[words], #" byte "]\n\t" \
    "lsls  " to ", " to ", #2\n\t"            \
    "ldr   " to ", [%[table], " to "]\n\t"

/* Two outputs times x0 and x1, whose codes are in `byte0` and `byte1`. */
#define MCX_CODEBOOK_TWO(byte0, byte1, both, high) \
    MCX_CODEBOOK_WORD("%[t]", byte0)               \
    "muls  %[t], %[x0], %[t]\n\t"                  \
    MCX_CODEBOOK_WORD("%[u]", byte1)               \
    "muls  %[u], %[x1], %[u]\n\t"                  \
    "adds  %[t], %[t], %[u]\n\t"                   \
    "add   " both ", " both ", %[t]\n\t"           \
    "lsrs  %[t], %[t], #16\n\t"                    \
    "add   " high ", " high ", %[t]\n\t"

#define MCX_CODEBOOK_SMALL(i0, i1, byte0, byte1, byte2, byte3) \
    "ldrb  %[x0], [%[inputs], #" i0 "]\n\t"                    \
    "ldrb  %[x1], [%[inputs], #" i1 "]\n\t"                    \
    MCX_CODEBOOK_TWO(byte0, byte2, "r8", "r9")                 \
    MCX_CODEBOOK_TWO(byte1, byte3, "r10", "r11")

#define MCX_CODEBOOK_GROUP_SMALL(extend)             \
    MCX_CODEBOOK_SMALL("0", "1", "0", "1", "2", "3") \
    MCX_CODEBOOK_SMALL("2", "3", "4", "5", "6", "7")

/* Two outputs times x0, whose codes are in `byte`. */
#define MCX_CODEBOOK_ONE(byte, both, high) \
    MCX_CODEBOOK_WORD("%[t]", byte)        \
    "lsrs  %[u], %[t], #16\n\t"            \
    "muls  %[t], %[x0], %[t]\n\t"          \
    "add   " both ", " both ", %[t]\n\t"   \
    "muls  %[u], %[x0], %[u]\n\t"          \
    "add   " high ", " high ", %[u]\n\t"

#define MCX_CODEBOOK_ANY(i, byte0, byte1, extend) \
    "ldrb  %[x0], [%[inputs], #" i "]\n\t"        \
    extend                                        \
    MCX_CODEBOOK_ONE(byte0, "r8", "r9")           \
    MCX_CODEBOOK_ONE(byte1, "r10", "r11")

#define MCX_CODEBOOK_GROUP_ANY(extend)      \
    MCX_CODEBOOK_ANY("0", "0", "1", extend) \
    MCX_CODEBOOK_ANY("1", "2", "3", extend) \
    MCX_CODEBOOK_ANY("2", "4", "5", extend) \
    MCX_CODEBOOK_ANY("3", "6", "7", extend)

#define MCX_DEFINE_CODEBOOK_BLOCK(variant, input_t, group, extend)                                         \
    static inline void mcx_codebook_block_##variant(const uint32_t *table, const uint32_t *words,          \
                                                    const input_t *inputs, uint32_t groups, uint32_t *raw) \
    {                                                                                                      \
        uint32_t x0 = 0u, x1, t, u;                                                                        \
        __asm__ volatile(".syntax unified\n\t"                                                             \
                         "mov   r8, %[x0]\n\t"                                                             \
                         "mov   r9, %[x0]\n\t"                                                             \
                         "mov   r10, %[x0]\n\t"                                                            \
                         "mov   r11, %[x0]\n"                                                              \
                         "1:\n\t"                                                                          \
                         group(extend)                                                                     \
                         "adds  %[words], #8\n\t"                                                          \
                         "adds  %[inputs], #4\n\t"                                                         \
                         "cmp   %[inputs], %[end]\n\t"                                                     \
                         "bne   1b\n\t"                                                                    \
                         "mov   %[x0], r8\n\t"                                                             \
                         "mov   %[x1], r9\n\t"                                                             \
                         "mov   %[t], r10\n\t"                                                             \
                         "mov   %[u], r11"                                                                 \
                         : [words] "+l"(words), [inputs] "+l"(inputs), [x0] "+l"(x0), [x1] "=&l"(x1),      \
                           [t] "=&l"(t), [u] "=&l"(u)                                                      \
                         : [table] "l"(table), [end] "h"(inputs + 4u * groups)                             \
                         : "r8", "r9", "r10", "r11", "cc", "memory");                                      \
        raw[0] = x0;                                                                                       \
        raw[1] = x1;                                                                                       \
        raw[2] = t;                                                                                        \
        raw[3] = u;                                                                                        \
    }

MCX_DEFINE_CODEBOOK_BLOCK(u7, int8_t, MCX_CODEBOOK_GROUP_SMALL, "")
MCX_DEFINE_CODEBOOK_BLOCK(u8, uint8_t, MCX_CODEBOOK_GROUP_ANY, "")
MCX_DEFINE_CODEBOOK_BLOCK(s8, int8_t, MCX_CODEBOOK_GROUP_ANY, "sxtb  %[x0], %[x0]\n\t")

#endif
