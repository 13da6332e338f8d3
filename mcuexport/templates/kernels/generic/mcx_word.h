/* The multiplier and the offset in a word as mcx_requantize.h has it, each by itself.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_WORD_H
#define MCX_WORD_H

#include <stdint.h>

/* No conversion changes a value, and compilers make one instruction of it. */
static inline int16_t mcx_word_multiplier(int32_t word)
{
    return (int16_t)(((word & 0xFFFF) ^ 0x8000) - 0x8000);
}

/* bits: of the last shift, but for the 7 of the offset's 128ths.  The result fits: the exporter has checked it. */
static inline int32_t mcx_word_offset(int32_t word, uint32_t bits)
{
    return (word >> 16) * (int32_t)(1u << bits);
}

#endif
