/* The innermost loop of mcx_nibble_columns.h, eight outputs; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_NIBBLE_COLUMNS_PLAIN_H
#define MCX_NIBBLE_COLUMNS_PLAIN_H

#include <stdint.h>

#define MCX_DEFINE_NIBBLE_COLUMNS_BLOCK(sign, byte_t)                                               \
    static inline void mcx_nibble_columns_block_##sign(const uint32_t *words, const uint32_t *list, \
                                                       uint32_t count, int32_t *acc)                \
    {                                                                                               \
        for (uint32_t i = 0u; i < count; i++) {                                                     \
            for (uint32_t o = 0u; o < 8u; o++) {                                                    \
                const int32_t code = (int32_t)(words[list[i] >> 10] >> (4u * o) & 0xFu);            \
                acc[o] += (o % 4u == 3u ? (code ^ 8) - 8 : code) * (byte_t)list[i];                 \
            }                                                                                       \
        }                                                                                           \
    }

MCX_DEFINE_NIBBLE_COLUMNS_BLOCK(unsigned, uint8_t)
MCX_DEFINE_NIBBLE_COLUMNS_BLOCK(signed, int8_t)

#endif
