/* Rows of one channel of a depthwise convolution whose window is 3x3, of a map whose rows lie channel by channel: one,
 * or several whose windows lie in the map alike.
 *
 * For cores with SMLAD.  Words hold four columns c .. c + 3 of a row, of which the even two and the odd two become lanes:
 *
 *     result of c .. c + 2        (c, c + 2) * (level 0, level 2) + (c + 1) * level 1
 *     result of c + 1 .. c + 3    (c + 1, c + 3) * (level 0, level 2) + (c + 2) * level 1
 *
 * so a step makes two results, or one with a stride of 2, and goes on by two columns.  Words of the first and the last
 * step that would reach beyond the row are read within it and shifted; a row has at least four columns.
 *
 *     r0, r1, r2     x in the middle row; from there to the rows above and below, 0 if there is none
 *     r3, r12        acc; where the steps between the first and the last end
 *     r4, r5, r6     levels (0, 2) of the three rows
 *     r8, r9         level 1 of the upper two, of the last (upper half)
 *     r7, lr         results; r10, r11 words
 *     stack          where acc ends; from the end of a row of x to the next
 *
 * One piece, since every register is taken.  A compiler may keep r7 and r9 to itself, so they are saved by hand.
 *
 * Budget: 29 cycles for two results, 21 for one with a stride of 2; 20 beside for a row.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_DEPTHWISE3X3_PLANAR_H
#define MCX_DEPTHWISE3X3_PLANAR_H

#include <stdint.h>

#define MCX_PLANAR_LANES(widen, word, even, odd) \
    widen " " odd ", " word ", ror #8\n\t"       \
    widen " " even ", " word "\n\t"

/* fix: what is done with a word before; go_on: of the load in the middle row. */
#define MCX_PLANAR_STEP_1(widen, below, fix, go_on)         \
    "ldr    r10, [r0, r1]\n\t"                       \
    "ldr    r11, " below "\n\t" fix("r10") fix("r11") \
    MCX_PLANAR_LANES(widen, "r10", "r10", "lr")      \
    "smuad  r7, r10, r4\n\t"                         \
    "smlabb r7, lr, r8, r7\n\t"                      \
    "smuad  lr, lr, r4\n\t"                          \
    "smlatb lr, r10, r8, lr\n\t"                     \
    MCX_PLANAR_LANES(widen, "r11", "r11", "r10")     \
    "smlad  r7, r11, r6, r7\n\t"                     \
    "smlabt r7, r10, r9, r7\n\t"                     \
    "smlad  lr, r10, r6, lr\n\t"                     \
    "smlatt lr, r11, r9, lr\n\t"                     \
    "ldr    r10, [r0]" go_on "\n\t" fix("r10")       \
    MCX_PLANAR_LANES(widen, "r10", "r10", "r11")     \
    "smlad  r7, r10, r5, r7\n\t"                     \
    "smlabt r7, r11, r8, r7\n\t"                     \
    "smlad  lr, r11, r5, lr\n\t"                     \
    "smlatt lr, r10, r8, lr\n\t"

#define MCX_PLANAR_STEP_2(widen, below, fix, go_on)                       \
    "ldr    r10, [r0, r1]\n\t"                                     \
    "ldr    r11, " below "\n\t"                                     \
    "ldr    lr, [r0]" go_on "\n\t" fix("r10") fix("r11") fix("lr") \
    MCX_PLANAR_LANES(widen, "r10", "r10", "r7")                    \
    "smulbb r7, r7, r8\n\t"                                        \
    "smlad  r7, r10, r4, r7\n\t"                                   \
    MCX_PLANAR_LANES(widen, "r11", "r11", "r10")                   \
    "smlad  r7, r11, r6, r7\n\t"                                   \
    "smlabt r7, r10, r9, r7\n\t"                                   \
    MCX_PLANAR_LANES(widen, "lr", "lr", "r10")                     \
    "smlad  r7, lr, r5, r7\n\t"                                    \
    "smlabt r7, r10, r8, r7\n\t"

#define MCX_PLANAR_WHOLE(word)
#define MCX_PLANAR_BEHIND(word) "lsl    " word ", " word ", %[behind]\n\t"
#define MCX_PLANAR_BEFORE(word) "lsr    " word ", " word ", %[before]\n\t"

#define MCX_PLANAR_STORE_ONE "str    r7, [r3], #4\n\t"
#define MCX_PLANAR_STORE_TWO MCX_PLANAR_STORE_ONE "str    lr, [r3], #4\n\t"

/* The last step, where a word would reach beyond the row. */
#define MCX_PLANAR_NO_LAST(step, widen, below, store)
#define MCX_PLANAR_LAST(step, widen, below, store) \
    "sub    r0, r0, %[beyond]\n\t"                 \
    step(widen, below, MCX_PLANAR_BEFORE, "") store

/* waits: a register, which has the way to the next row.  begin, go_on: what is done before a row and behind a step;
 * is_over: whether the steps between the first and the last are done. */
#define MCX_PLANAR_LOOPS(step, below, store, end, last_store, widen, waits, begin, go_on, is_over) \
    "push   {r7, r9}\n\t"                                                                          \
    "mov    r9, r10\n\t"                                                                           \
    "push   {r11, " waits "}\n"                                                                    \
    "1:\n\t"                                                                                       \
    step(widen, below, MCX_PLANAR_BEHIND, "") store                                                \
    "add    r0, r0, %[ahead]\n\t" begin is_over                                                    \
    "beq    3f\n"                                                                                  \
    "2:\n\t"                                                                                       \
    step(widen, below, MCX_PLANAR_WHOLE, ", #2") store go_on is_over                               \
    "bne    2b\n"                                                                                  \
    "3:\n\t"                                                                                       \
    end(step, widen, below, last_store)                                                            \
    "ldrd   r10, r11, [sp]\n\t"                                                                    \
    "add    r0, r0, r11\n\t"                                                                       \
    "cmp    r3, r10\n\t"                                                                           \
    "bne    1b\n\t"                                                                                \
    "add    sp, sp, #8\n\t"                                                                        \
    "pop    {r7, r9}"

/* What words within a row need: how far the first one reaches behind it, the last one beyond it. */
#define MCX_PLANAR_EDGES \
    [behind] "i"(8u * left), [ahead] "i"(2u - left), [before] "i"(8u * beyond), [beyond] "i"(beyond)

#define MCX_PLANAR_ROWS(step, store, end, last_store, widen)                                               \
    __asm__ volatile(MCX_PLANAR_LOOPS(step, "[r0, r2]", store, end, last_store, widen, "r12",              \
                                      "add    r12, r3, %[middle]\n\t", "", "cmp    r3, r12\n\t")         \
                     : "+r"(at), "+r"(result), "+r"(one), "+r"(stop), "+r"(next)                           \
                     : "r"(above), "r"(below), "r"(upper), "r"(here), "r"(lower), "r"(ones),               \
                       MCX_PLANAR_EDGES, [middle] "i"(4u * middle)                                         \
                     : "lr", "cc", "memory")

/* The steps of a row, all of it by `rows`: one or two results in the last one. */
#define MCX_PLANAR_STEPS(rows, variant, one, two)                                                              \
    if (stride == 2u && beyond > 0u) {                                                                         \
        rows(MCX_PLANAR_STEP_2, one, MCX_PLANAR_LAST, one, MCX_PLANAR_##variant);                              \
    } else if (stride == 2u) {                                                                                 \
        rows(MCX_PLANAR_STEP_2, one, MCX_PLANAR_NO_LAST, "", MCX_PLANAR_##variant);                            \
    } else if (beyond == 0u) {                                                                                 \
        rows(MCX_PLANAR_STEP_1, two, MCX_PLANAR_NO_LAST, "", MCX_PLANAR_##variant);                            \
    } else if (columns % 2u == 0u) {                                                                           \
        rows(MCX_PLANAR_STEP_1, two, MCX_PLANAR_LAST, two, MCX_PLANAR_##variant);                              \
    } else {                                                                                                   \
        rows(MCX_PLANAR_STEP_1, two, MCX_PLANAR_LAST, one, MCX_PLANAR_##variant);                              \
    }

/* levels (0, 2) of each row; level 1 of the upper two, and of the last in the upper half. */
#define MCX_PLANAR_PACK_depthwise3x3_int8(levels)                                                               \
    uint32_t more;                                                                                              \
    __asm__("ldr    %[pair0], [%[nine]]\n\t"                                                                    \
            "ldr    %[pair1], [%[nine], #3]\n\t"                                                                \
            "ldr    %[pair2], [%[nine], #5]\n\t"                                                                \
            "sxtb16 %[single01], %[pair0], ror #8\n\t"                                                          \
            "sxtb16 %[more], %[pair1], ror #8\n\t"                                                              \
            "sxtb16 %[single2], %[pair2]\n\t"                                                                   \
            "sxtb16 %[pair0], %[pair0]\n\t"                                                                     \
            "sxtb16 %[pair1], %[pair1]\n\t"                                                                     \
            "sxtb16 %[pair2], %[pair2], ror #8\n\t"                                                             \
            "pkhbt  %[single01], %[single01], %[more], lsl #16"                                                 \
            : [pair0] "=&r"(pair0), [pair1] "=&r"(pair1), [pair2] "=&r"(pair2), [single01] "=&r"(single01),     \
              [single2] "=&r"(single2), [more] "=&r"(more)                                                      \
            : [nine] "r"(levels), "m"(*(const int8_t(*)[9])(levels)))

#define MCX_PLANAR_PACK_depthwise3x3(levels)         \
    pair0 = mcx_two_levels(levels[0], levels[2]);    \
    pair1 = mcx_two_levels(levels[3], levels[5]);    \
    pair2 = mcx_two_levels(levels[6], levels[8]);    \
    single01 = mcx_two_levels(levels[1], levels[4]); \
    single2 = mcx_two_levels(0, levels[7])

#define MCX_PLANAR_LEVELS(name, has_top, has_down)   \
    uint32_t pair0, pair1, pair2, single01, single2; \
    MCX_PLANAR_PACK_##name(levels);                  \
    if (!(has_top)) {                                \
        pair0 = 0u;                                  \
        single01 &= 0xFFFF0000u;                     \
    }                                                \
    if (!(has_down)) {                               \
        pair2 = 0u;                                  \
        single2 = 0u;                                \
    }

/* whole: steps but for one that reaches beyond the row.  further: from the end of a row to the next. */
#define MCX_PLANAR_SHAPE(size)                                                                          \
    const uint32_t a_step = 3u - stride, steps = (columns + a_step - 1u) / a_step;                      \
    const uint32_t beyond = 2u * steps + 2u - left > width ? 2u * steps + 2u - left - width : 0u;       \
    const uint32_t whole = beyond > 0u ? steps - 1u : steps;                                            \
    const uint32_t further = stride * (size) + beyond + left - 2u * whole;

/* `lines` rows of results from the row x on, `size` from one row of the map to the next. */
#define MCX_PLANAR_LINES(variant, lines, size)                                                                  \
    {                                                                                                           \
        MCX_PLANAR_SHAPE(size)                                                                                  \
        const uint32_t middle = (whole - 1u) * a_step;                                                          \
        register const void *at __asm__("r0") = x;                                                              \
        register int32_t above __asm__("r1") = up, below __asm__("r2") = down;                                  \
        register int32_t *result __asm__("r3") = acc;                                                           \
        register uint32_t upper __asm__("r4") = pair0, here __asm__("r5") = pair1, lower __asm__("r6") = pair2; \
        register uint32_t ones __asm__("r8") = single01, one __asm__("r10") = single2;                          \
        register const int32_t *stop __asm__("r11") = acc + (lines) * columns;                                  \
        register uint32_t next __asm__("r12") = further;                                                         \
        MCX_PLANAR_STEPS(MCX_PLANAR_ROWS, variant, MCX_PLANAR_STORE_ONE, MCX_PLANAR_STORE_TWO)                  \
    }

#define MCX_PLANAR_u8 "uxtb16"
#define MCX_PLANAR_s8 "sxtb16"

#endif
