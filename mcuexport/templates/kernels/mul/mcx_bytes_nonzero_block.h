/* The innermost loop of mcx_bytes_nonzero.h, four outputs; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTES_NONZERO_BLOCK_H
#define MCX_BYTES_NONZERO_BLOCK_H

#include <stdint.h>

#define MCX_DEFINE_BYTES_NONZERO_BLOCK(sign, byte_t)                                                      \
    static inline void mcx_bytes_nonzero_block_##sign(const uint32_t *words, const uint32_t *list,        \
                                                      uint32_t count, uint32_t *raw)                      \
    {                                                                                                     \
        for (uint32_t j = 0u; j < 4u; j++) {                                                              \
            raw[j] = 0u;                                                                                  \
            for (uint32_t i = 0u; i < count; i++) {                                                       \
                const int32_t codes = (int32_t)words[list[i] >> 10] >> (8u * j), input = (byte_t)list[i]; \
                raw[j] += (uint32_t)codes * (uint32_t)input;                                              \
            }                                                                                             \
        }                                                                                                 \
    }

MCX_DEFINE_BYTES_NONZERO_BLOCK(unsigned, uint8_t)
MCX_DEFINE_BYTES_NONZERO_BLOCK(signed, int8_t)

#endif
