/* The innermost loop of mcx_codebook.h, four outputs over some groups of inputs.
 *
 * For RV32 with M; the definition is mul/mcx_codebook_block.h.  Where inputs are 0 .. 127, two products
 * fit a half, 2 * 256 * 127 < 2^16, and their high half is the upper of both.
 *
 * Budget: 18 cycles for four products of two inputs 0 .. 127, 11 for two products of any other input; 2 for an
 * input; 5 for the loop, once in four inputs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CODEBOOK_BLOCK_H
#define MCX_CODEBOOK_BLOCK_H

#include <stdint.h>

#define MCX_CODEBOOK_WORD(to, byte)        \
    "lbu   " to ", " byte "(%[words])\n\t" \
    "slli  " to ", " to ", 2\n\t"          \
    "add   " to ", " to ", %[table]\n\t"   \
    "lw    " to ", 0(" to ")\n\t"

/* Two outputs times x0 and x1, whose codes are in `byte0` and `byte1`. */
#define MCX_CODEBOOK_TWO(byte0, byte1, both, high) \
    MCX_CODEBOOK_WORD("%[t]", byte0)               \
    "mul   %[t], %[t], %[x0]\n\t"                  \
    MCX_CODEBOOK_WORD("%[u]", byte1)               \
    "mul   %[u], %[u], %[x1]\n\t"                  \
    "add   %[t], %[t], %[u]\n\t"                   \
    "add   " both ", " both ", %[t]\n\t"           \
    "srli  %[t], %[t], 16\n\t"                     \
    "add   " high ", " high ", %[t]\n\t"

#define MCX_CODEBOOK_SMALL(i0, i1, byte0, byte1, byte2, byte3) \
    "lbu   %[x0], " i0 "(%[inputs])\n\t"                       \
    "lbu   %[x1], " i1 "(%[inputs])\n\t"                       \
    MCX_CODEBOOK_TWO(byte0, byte2, "%[raw0]", "%[raw1]")       \
    MCX_CODEBOOK_TWO(byte1, byte3, "%[raw2]", "%[raw3]")

#define MCX_CODEBOOK_GROUP_SMALL(load)               \
    MCX_CODEBOOK_SMALL("0", "1", "0", "1", "2", "3") \
    MCX_CODEBOOK_SMALL("2", "3", "4", "5", "6", "7")

/* Two outputs times x0, whose codes are in `byte`. */
#define MCX_CODEBOOK_ONE(byte, both, high) \
    MCX_CODEBOOK_WORD("%[t]", byte)        \
    "srli  %[u], %[t], 16\n\t"             \
    "mul   %[t], %[t], %[x0]\n\t"          \
    "add   " both ", " both ", %[t]\n\t"   \
    "mul   %[u], %[u], %[x0]\n\t"          \
    "add   " high ", " high ", %[u]\n\t"

#define MCX_CODEBOOK_ANY(i, byte0, byte1, load)   \
    load "    %[x0], " i "(%[inputs])\n\t"        \
    MCX_CODEBOOK_ONE(byte0, "%[raw0]", "%[raw1]") \
    MCX_CODEBOOK_ONE(byte1, "%[raw2]", "%[raw3]")

#define MCX_CODEBOOK_GROUP_ANY(load)      \
    MCX_CODEBOOK_ANY("0", "0", "1", load) \
    MCX_CODEBOOK_ANY("1", "2", "3", load) \
    MCX_CODEBOOK_ANY("2", "4", "5", load) \
    MCX_CODEBOOK_ANY("3", "6", "7", load)

#define MCX_DEFINE_CODEBOOK_BLOCK(variant, input_t, group, load)                                            \
    static inline void mcx_codebook_block_##variant(const uint32_t *table, const uint32_t *words,           \
                                                    const input_t *inputs, uint32_t groups, uint32_t *raw)  \
    {                                                                                                       \
        const input_t *const end = inputs + 4u * groups;                                                    \
        uint32_t raw0 = 0u, raw1 = 0u, raw2 = 0u, raw3 = 0u, x0, x1, t, u;                                  \
        __asm__ volatile("1:\n\t"                                                                           \
                         group(load)                                                                        \
                         "addi  %[words], %[words], 8\n\t"                                                  \
                         "addi  %[inputs], %[inputs], 4\n\t"                                                \
                         "lw    %[t], %[end]\n\t"                                                           \
                         "bne   %[inputs], %[t], 1b"                                                        \
                         : [words] "+r"(words), [inputs] "+r"(inputs), [raw0] "+r"(raw0), [raw1] "+r"(raw1), \
                           [raw2] "+r"(raw2), [raw3] "+r"(raw3), [x0] "=&r"(x0), [x1] "=&r"(x1),            \
                           [t] "=&r"(t), [u] "=&r"(u)                                                       \
                         : [table] "r"(table), [end] "m"(end)                                               \
                         : "memory");                                                                       \
        raw[0] = raw0;                                                                                      \
        raw[1] = raw1;                                                                                      \
        raw[2] = raw2;                                                                                      \
        raw[3] = raw3;                                                                                      \
    }

MCX_DEFINE_CODEBOOK_BLOCK(u7, int8_t, MCX_CODEBOOK_GROUP_SMALL, "lbu")
MCX_DEFINE_CODEBOOK_BLOCK(u8, uint8_t, MCX_CODEBOOK_GROUP_ANY, "lbu")
MCX_DEFINE_CODEBOOK_BLOCK(s8, int8_t, MCX_CODEBOOK_GROUP_ANY, "lb ")

#endif
