/* The inner loops of mcx_pixels.h; the definition is mcx_pixels_plain.h.
 *
 * For cores with SMLAD.  As in mcx_byte_pairs.h and mcx_nibble_pairs.h, words are multiplied whole, then without
 * their highest codes, and so on; the differences of those sums are the ones we want.  They begin with what makes the
 * differences begin with `starts`.  The loop is one piece, since every register is taken; a compiler
 * may keep r7 and r9 to itself, so they are saved by hand.  clang, and gcc that does not optimize, get plain C.
 *
 * Bound: as there; at most 32 groups.  A start only brings codes back to levels, so its sum fits as well.
 * Budget: 60 cycles for the 64 products of a group of bytes, 56 for nibbles, and 6 or 4 for the loop.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_PIXELS_BLOCK_H
#define MCX_PIXELS_BLOCK_H

#if defined(__clang__) || !defined(__OPTIMIZE__)
#include "mcx_pixels_plain.h"
#else

#include "mcx_inputs.h"

/* Words of two inputs as they are, or times 2^left, for which they must not be signed. */
#define MCX_WIDEN_ONCE(word) ""
#define MCX_WIDEN_SCALED(word) "lsl   " word ", " word ", %[left]\n\t"

/* To a sum of inputs: four bytes that have no sign, or two lanes twice; with: 0 for the former, 1 in both lanes. */
#define MCX_WIDEN_BYTES(sum, word) "usada8 " sum ", " word ", %[with], " sum "\n\t"
#define MCX_WIDEN_LANES(sum, word) "smlad  " sum ", " word ", %[with], " sum "\n\t"
#define MCX_WIDEN_NONE(sum, word) ""

/* Four inputs of each pixel. */
#define MCX_WIDEN_FOUR(widen, scale, bytes, lanes)                                                              \
    "ldr   %[a], [%[x]], #4\n\t"                                                                                \
    "ldr   %[b], [%[other]], #4\n\t"                                                                            \
    bytes("%[total0]", "%[a]")                                                                                  \
    bytes("%[total1]", "%[b]")                                                                                  \
    widen " %[even], %[a]\n\t"                                                                                  \
    widen " %[a], %[a], ror #8\n\t"                                                                             \
    lanes("%[total0]", "%[even]")                                                                               \
    lanes("%[total0]", "%[a]")                                                                                  \
    scale("%[even]")                                                                                            \
    scale("%[a]")                                                                                               \
    "str   %[even], [%[pairs]], #4\n\t"                                                                         \
    widen " %[even], %[b]\n\t"                                                                                  \
    widen " %[b], %[b], ror #8\n\t"                                                                             \
    lanes("%[total1]", "%[even]")                                                                               \
    lanes("%[total1]", "%[b]")                                                                                  \
    scale("%[even]")                                                                                            \
    scale("%[b]")                                                                                               \
    "str   %[even], [%[pairs]], #4\n\t"                                                                         \
    "strd  %[a], %[b], [%[pairs]], #8\n\t"

#define MCX_WIDEN_UNSIGNED(scale) MCX_WIDEN_FOUR("uxtb16", scale, MCX_WIDEN_BYTES, MCX_WIDEN_NONE)
#define MCX_WIDEN_SIGNED(scale) MCX_WIDEN_FOUR("sxtb16", scale, MCX_WIDEN_NONE, MCX_WIDEN_LANES)

#define MCX_DEFINE_WIDEN(name, variant, input_t, four, count)                                                   \
    static inline void mcx_##name##_##variant(const input_t *x, uint32_t next, uint32_t n, uint32_t left,       \
                                              uint32_t *pairs, int32_t *totals)                                 \
    {                                                                                                           \
        const input_t *other = x + next;                                                                        \
        input_t tail[16];                                                                                       \
        int32_t total0 = 0, total1 = 0;                                                                         \
        uint32_t a, b, even;                                                                                    \
        while (n > 0u) {                                                                                        \
            if (n < 8u) {                                                                                       \
                mcx_tail_##variant(x, n, tail, 8u);                                                             \
                mcx_tail_##variant(other, n, tail + 8, 8u);                                                     \
                x = tail;                                                                                       \
                other = tail + 8;                                                                               \
                n = 8u;                                                                                         \
            }                                                                                                   \
            const input_t *const end = x + (n & ~7u);                                                           \
            __asm__ volatile("1:\n\t" four four                                                                \
                             "cmp   %[x], %[end]\n\t"                                                           \
                             "bne   1b"                                                                         \
                             : [x] "+&r"(x), [other] "+&r"(other), [pairs] "+&r"(pairs),                        \
                               [total0] "+&r"(total0), [total1] "+&r"(total1), [a] "=&r"(a), [b] "=&r"(b),      \
                               [even] "=&r"(even)                                                               \
                             : [with] "r"(count), [end] "r"(end), [left] "r"(left)                              \
                             : "cc", "memory");                                                                 \
            n &= 7u;                                                                                            \
        }                                                                                                       \
        totals[0] = total0;                                                                                     \
        totals[1] = total1;                                                                                     \
    }

MCX_DEFINE_WIDEN(widen, u7, int8_t, MCX_WIDEN_UNSIGNED(MCX_WIDEN_ONCE), 0u)
MCX_DEFINE_WIDEN(widen, u8, uint8_t, MCX_WIDEN_UNSIGNED(MCX_WIDEN_ONCE), 0u)
MCX_DEFINE_WIDEN(widen, s8, int8_t, MCX_WIDEN_SIGNED(MCX_WIDEN_ONCE), 0x00010001u)
MCX_DEFINE_WIDEN(widen_scaled, u7, int8_t, MCX_WIDEN_UNSIGNED(MCX_WIDEN_SCALED), 0u)
MCX_DEFINE_WIDEN(widen_scaled, u8, uint8_t, MCX_WIDEN_UNSIGNED(MCX_WIDEN_SCALED), 0u)

/* Two inputs of both pixels: words at r8, pairs at r9, raw sums in r0 .. r3 and r4 .. r7. */
#define MCX_PIXELS_bytes_step      \
    "ldr    r10, [r9], #4\n\t"     \
    "ldr    r11, [r9], #4\n\t"     \
    "ldr    r12, [r8], #4\n\t"     \
    "ldr    lr, [r8], #4\n\t"      \
    "smlad  r1, r12, r10, r1\n\t"  \
    "smlad  r5, r12, r11, r5\n\t"  \
    "uxtb16 r12, r12\n\t"          \
    "smlad  r3, lr, r10, r3\n\t"   \
    "smlad  r7, lr, r11, r7\n\t"   \
    "uxtb16 lr, lr\n\t"            \
    "smlad  r0, r12, r10, r0\n\t"  \
    "smlad  r4, r12, r11, r4\n\t"  \
    "smlad  r2, lr, r10, r2\n\t"   \
    "smlad  r6, lr, r11, r6\n\t"

#define MCX_PIXELS_nibbles_step         \
    "ldr    r10, [r9], #4\n\t"          \
    "ldr    r11, [r9], #4\n\t"          \
    "ldr    r12, [r8], #4\n\t"          \
    "smlad  r3, r12, r10, r3\n\t"       \
    "smlad  r7, r12, r11, r7\n\t"       \
    "bic    r12, r12, #0xF000F000\n\t"  \
    "smlad  r2, r12, r10, r2\n\t"       \
    "smlad  r6, r12, r11, r6\n\t"       \
    "uxtb16 r12, r12\n\t"               \
    "smlad  r1, r12, r10, r1\n\t"       \
    "smlad  r5, r12, r11, r5\n\t"       \
    "and    r12, r12, #0x000F000F\n\t"  \
    "smlad  r0, r12, r10, r0\n\t"       \
    "smlad  r4, r12, r11, r4\n\t"

#define MCX_FOUR(text) text text text text

/* Words, pairs, where these end; raw sums, which the loop counts on. */
struct mcx_pixels_loop {
    const uint32_t *words, *pairs, *end;
    uint32_t raw[8];
};

/* is_over: whether the pairs are at their end, which is in lr and on the stack; bytes need lr. */
#define MCX_PIXELS_LOOP(step, is_over)                                                                           \
    struct mcx_pixels_loop loop = {words, pairs, pairs + 8u * groups,                                           \
                                   {begin[0], begin[1], begin[2], begin[3], begin[4], begin[5], begin[6],       \
                                    begin[7]}};                                                                 \
    register struct mcx_pixels_loop *at __asm__("r0") = &loop;                                                  \
    __asm__ volatile("push   {r7, r9}\n\t"                                                                      \
                     "ldm    r0!, {r8, r9, lr}\n\t"                                                             \
                     "push   {r0, lr}\n\t"                                                                      \
                     "ldm    r0, {r0-r7}\n"                                                                     \
                     "1:\n\t" MCX_FOUR(step)                                                                    \
                     is_over                                                                                    \
                     "bne    1b\n\t"                                                                            \
                     "pop    {r12, lr}\n\t"                                                                     \
                     "stm    r12, {r0-r7}\n\t"                                                                  \
                     "pop    {r7, r9}"                                                                          \
                     : "+r"(at)                                                                                 \
                     :                                                                                          \
                     : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r10", "r11", "r12", "lr", "cc", "memory")

/* Where the sums are made and where they are used must be one function, or they would go through memory. */
#define MCX_PIXELS_INLINE __attribute__((always_inline)) static inline

/* What the raw sums begin with.  starts: of four outputs, for a total of 1; more: of each, whatever the total. */
MCX_PIXELS_INLINE void mcx_pixels_bytes_begin(const int32_t *totals, const int32_t *starts, int32_t more,
                                              uint32_t *begin)
{
    const uint32_t low = (uint32_t)more, both = low + (low << 8);
    const uint32_t first = (uint32_t)starts[0], third = (uint32_t)starts[2];
    const uint32_t second = first + ((uint32_t)starts[1] << 8), fourth = third + ((uint32_t)starts[3] << 8);
    for (uint32_t p = 0u; p < 2u; p++, begin += 4) {
        const uint32_t total = (uint32_t)totals[p];
        begin[0] = first * total + low;
        begin[1] = second * total + both;
        begin[2] = third * total + low;
        begin[3] = fourth * total + both;
    }
}

MCX_PIXELS_INLINE void mcx_pixels_nibbles_begin(const int32_t *totals, const int32_t *starts, int32_t more,
                                                uint32_t *begin)
{
    const uint32_t one = (uint32_t)more, two = one + (one << 4), three = two + (one << 8), all = three + (one << 12);
    const uint32_t first = (uint32_t)starts[0], second = first + ((uint32_t)starts[1] << 4);
    const uint32_t third = second + ((uint32_t)starts[2] << 8), fourth = third + ((uint32_t)starts[3] << 12);
    for (uint32_t p = 0u; p < 2u; p++, begin += 4) {
        const uint32_t total = (uint32_t)totals[p];
        begin[0] = first * total + one;
        begin[1] = second * total + two;
        begin[2] = third * total + three;
        begin[3] = fourth * total + all;
    }
}

MCX_PIXELS_INLINE void mcx_pixels_bytes(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                    const uint32_t *begin, int32_t *sums)
{
    MCX_PIXELS_LOOP(MCX_PIXELS_bytes_step, "ldr    r10, [sp, #4]\n\tcmp    r9, r10\n\t");
    const uint32_t *const raw = loop.raw;
    for (uint32_t j = 0u; j < 8u; j += 2u) {
        sums[j] = (int32_t)raw[j];
        sums[j + 1u] = (int32_t)(raw[j + 1u] - raw[j]) >> 8;
    }
}

MCX_PIXELS_INLINE void mcx_pixels_nibbles(const uint32_t *words, const uint32_t *pairs, uint32_t groups,
                                      const uint32_t *begin, int32_t *sums)
{
    MCX_PIXELS_LOOP(MCX_PIXELS_nibbles_step, "cmp    r9, lr\n\t");
    const uint32_t *const raw = loop.raw;
    for (uint32_t j = 0u; j < 8u; j += 4u) {
        sums[j] = (int32_t)raw[j];
        sums[j + 1u] = (int32_t)(raw[j + 1u] - raw[j]) >> 4;
        sums[j + 2u] = (int32_t)(raw[j + 2u] - raw[j + 1u]) >> 8;
        sums[j + 3u] = (int32_t)(raw[j + 3u] - raw[j + 2u]) >> 12;
    }
}

#endif
#endif
