/* The innermost loop of mcx_bytes_nonzero.h, four outputs; the definition is mul/mcx_bytes_nonzero_block.h.
 *
 * For ARMv6-M and later; the sums live in r8 to r11, which ADD can reach.
 *
 * Budget: 20 cycles for an entry of the list, four products.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTES_NONZERO_BLOCK_H
#define MCX_BYTES_NONZERO_BLOCK_H

#include <stdint.h>

#define MCX_COLUMN_AT(shift, raw)         \
    "asrs  %[t], %[word], #" shift "\n\t" \
    "muls  %[t], %[x], %[t]\n\t"          \
    "add   " raw ", " raw ", %[t]\n\t"

#define MCX_DEFINE_BYTES_NONZERO_BLOCK(sign, extend)                                                \
    static inline void mcx_bytes_nonzero_block_##sign(const uint32_t *words, const uint32_t *list,  \
                                                      uint32_t count, uint32_t *raw)                \
    {                                                                                               \
        uint32_t word = 0u, x, t;                                                                   \
        __asm__ volatile(".syntax unified\n\t"                                                      \
                         "mov   r8, %[word]\n\t"                                                    \
                         "mov   r9, %[word]\n\t"                                                    \
                         "mov   r10, %[word]\n\t"                                                   \
                         "mov   r11, %[word]\n"                                                     \
                         "1:\n\t"                                                                   \
                         "ldm   %[list]!, {%[word]}\n\t"                                            \
                         extend " %[x], %[word]\n\t"                                                \
                         "lsrs  %[word], %[word], #8\n\t"                                           \
                         "ldr   %[word], [%[words], %[word]]\n\t"                                   \
                         MCX_COLUMN_AT("8", "r9")                                                   \
                         MCX_COLUMN_AT("16", "r10")                                                 \
                         MCX_COLUMN_AT("24", "r11")                                                 \
                         "muls  %[word], %[x], %[word]\n\t"                                         \
                         "add   r8, r8, %[word]\n\t"                                                \
                         "cmp   %[list], %[end]\n\t"                                                \
                         "bne   1b\n\t"                                                             \
                         "mov   %[word], r8\n\t"                                                    \
                         "mov   %[x], r9\n\t"                                                       \
                         "mov   %[t], r10\n\t"                                                      \
                         "mov   %[words], r11"                                                      \
                         : [words] "+l"(words), [list] "+l"(list), [word] "+l"(word), [x] "=&l"(x), \
                           [t] "=&l"(t)                                                             \
                         : [end] "l"(list + count)                                                  \
                         : "r8", "r9", "r10", "r11", "cc", "memory");                               \
        raw[0] = word;                                                                              \
        raw[1] = x;                                                                                 \
        raw[2] = t;                                                                                 \
        raw[3] = (uint32_t)(uintptr_t)words;                                                        \
    }

MCX_DEFINE_BYTES_NONZERO_BLOCK(unsigned, "uxtb ")
MCX_DEFINE_BYTES_NONZERO_BLOCK(signed, "sxtb ")

#endif
