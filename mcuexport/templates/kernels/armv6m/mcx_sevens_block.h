/* The innermost loop of mcx_sevens.h, over some groups of inputs; the definition is mul/mcx_sevens_block.h.
 *
 * For ARMv6-M and later; the sums live in r8 to r12, which ADD can reach, a mask in lr.
 *
 * Budget: 33 cycles for an input, seven products; 6 for the loop, once in four inputs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_SEVENS_BLOCK_H
#define MCX_SEVENS_BLOCK_H

#include <stdint.h>

/* to = floor((from - 1) / 23) in both halves. */
#define MCX_SEVENS_BY_23(to, from)      \
    "movs  " to ", #89\n\t"             \
    "muls  " to ", " from ", " to "\n\t" \
    "lsrs  " to ", " to ", #11\n\t"     \
    "ands  " to ", %[mask]\n\t"

#define MCX_SEVENS_ADD(halves, sum)           \
    "muls  " halves ", %[x], " halves "\n\t"  \
    "add   " sum ", " sum ", " halves "\n\t"

#define MCX_SEVENS_INPUT(i, extend)             \
    "ldrb  %[x], [%[inputs], #" i "]\n\t"       \
    extend                                      \
    "ldm   %[words]!, {%[word]}\n\t"            \
    "lsrs  %[odd], %[word], #8\n\t"             \
    "mov   %[t], lr\n\t"                        \
    "ands  %[odd], %[t]\n\t"                    \
    "ands  %[word], %[t]\n\t"                   \
    MCX_SEVENS_BY_23("%[t]", "%[word]")         \
    MCX_SEVENS_ADD("%[word]", "r8")             \
    MCX_SEVENS_BY_23("%[word]", "%[odd]")       \
    MCX_SEVENS_ADD("%[odd]", "r9")              \
    "movs  %[odd], #11\n\t"                     \
    "muls  %[odd], %[word], %[odd]\n\t"         \
    "adds  %[odd], %[odd], %[t]\n\t"            \
    MCX_SEVENS_ADD("%[t]", "r10")               \
    MCX_SEVENS_ADD("%[word]", "r11")            \
    MCX_SEVENS_BY_23("%[t]", "%[odd]")          \
    MCX_SEVENS_ADD("%[t]", "r12")

/* The end of the inputs waits on the stack. */
#define MCX_DEFINE_SEVENS_BLOCK(variant, input_t, extend)                                                      \
    static inline void mcx_sevens_block_##variant(const uint32_t *words, const input_t *inputs, uint32_t groups, \
                                                  uint32_t *sums)                                              \
    {                                                                                                          \
        const input_t *end = inputs + 4u * groups;                                                             \
        uint32_t word = 0x00FF00FFu, odd = 0u, t;                                                              \
        __asm__ volatile(".syntax unified\n\t"                                                                 \
                         "push  {%[x]}\n\t"                                                                    \
                         "mov   lr, %[word]\n\t"                                                               \
                         "mov   r8, %[odd]\n\t"                                                                \
                         "mov   r9, %[odd]\n\t"                                                                \
                         "mov   r10, %[odd]\n\t"                                                               \
                         "mov   r11, %[odd]\n\t"                                                               \
                         "mov   r12, %[odd]\n"                                                                 \
                         "1:\n\t"                                                                              \
                         MCX_SEVENS_INPUT("0", extend)                                                         \
                         MCX_SEVENS_INPUT("1", extend)                                                         \
                         MCX_SEVENS_INPUT("2", extend)                                                         \
                         MCX_SEVENS_INPUT("3", extend)                                                         \
                         "adds  %[inputs], #4\n\t"                                                             \
                         "ldr   %[t], [sp]\n\t"                                                                \
                         "cmp   %[inputs], %[t]\n\t"                                                           \
                         "beq   2f\n\t"                                                                        \
                         "b     1b\n"                                                                          \
                         "2:\n\t"                                                                              \
                         "add   sp, #4\n\t"                                                                    \
                         "mov   %[word], r8\n\t"                                                               \
                         "mov   %[odd], r9\n\t"                                                                \
                         "mov   %[t], r10\n\t"                                                                 \
                         "mov   %[words], r11\n\t"                                                             \
                         "mov   %[x], r12"                                                                     \
                         : [words] "+l"(words), [inputs] "+l"(inputs), [x] "+l"(end), [word] "+l"(word),       \
                           [odd] "+l"(odd), [t] "=&l"(t)                                                       \
                         : [mask] "l"(0x000F000Fu)                                                             \
                         : "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");                             \
        sums[0] = word;                                                                                        \
        sums[1] = odd;                                                                                         \
        sums[2] = t;                                                                                           \
        sums[3] = (uint32_t)(uintptr_t)words;                                                                  \
        sums[4] = (uint32_t)(uintptr_t)end;                                                                    \
    }

MCX_DEFINE_SEVENS_BLOCK(u7, int8_t, "")
MCX_DEFINE_SEVENS_BLOCK(u8, uint8_t, "")
MCX_DEFINE_SEVENS_BLOCK(s8, int8_t, "sxtb  %[x], %[x]\n\t")

#endif
