/* The innermost loop of mcx_bytes_nonzero.h, four outputs; the definition is mul/mcx_bytes_nonzero_block.h.
 *
 * For RV32 with M.
 *
 * Two entries a round.
 *
 * Budget: 19 cycles for an entry of the list, four products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTES_NONZERO_BLOCK_H
#define MCX_BYTES_NONZERO_BLOCK_H

#include <stdint.h>

#define MCX_COLUMN_AT(shift, raw)        \
    "srai  %[t], %[word], " shift "\n\t" \
    "mul   %[t], %[t], %[x]\n\t"         \
    "add   " raw ", " raw ", %[t]\n\t"

#define MCX_COLUMN(at, input)              \
    "lw    %[word], " at "(%[list])\n\t"   \
    input                                  \
    "srli  %[word], %[word], 8\n\t"        \
    "add   %[word], %[word], %[words]\n\t" \
    "lw    %[word], 0(%[word])\n\t"        \
    MCX_COLUMN_AT("8", "%[raw1]")          \
    MCX_COLUMN_AT("16", "%[raw2]")         \
    MCX_COLUMN_AT("24", "%[raw3]")         \
    "mul   %[word], %[word], %[x]\n\t"     \
    "add   %[raw0], %[raw0], %[word]\n\t"

#define MCX_DEFINE_BYTES_NONZERO_BLOCK(sign, input)                                                    \
    static inline void mcx_bytes_nonzero_block_##sign(const uint32_t *words, const uint32_t *list,     \
                                                      uint32_t count, uint32_t *raw)                   \
    {                                                                                                  \
        uint32_t raw0 = 0u, raw1 = 0u, raw2 = 0u, raw3 = 0u, word, x, t;                               \
        __asm__ volatile("1:\n\t"                                                                      \
                         MCX_COLUMN("0", input)                                                        \
                         MCX_COLUMN("4", input)                                                        \
                         "addi  %[list], %[list], 8\n\t"                                               \
                         "bne   %[list], %[end], 1b"                                                   \
                         : [list] "+r"(list), [raw0] "+r"(raw0), [raw1] "+r"(raw1), [raw2] "+r"(raw2), \
                           [raw3] "+r"(raw3), [word] "=&r"(word), [x] "=&r"(x), [t] "=&r"(t)           \
                         : [words] "r"(words), [end] "r"(list + count + count % 2u)                    \
                         : "memory");                                                                  \
        raw[0] = raw0;                                                                                 \
        raw[1] = raw1;                                                                                 \
        raw[2] = raw2;                                                                                 \
        raw[3] = raw3;                                                                                 \
    }

MCX_DEFINE_BYTES_NONZERO_BLOCK(unsigned, "andi  %[x], %[word], 0xFF\n\t")
MCX_DEFINE_BYTES_NONZERO_BLOCK(signed, "slli  %[x], %[word], 24\n\tsrai  %[x], %[x], 24\n\t")

#endif
