/* The innermost loop of mcx_bytes.h, over some groups of inputs; the definition in plain C.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_BYTES_BLOCK_H
#define MCX_BYTES_BLOCK_H

#include <stdint.h>

#define MCX_DEFINE_BYTES_BLOCK(variant, input_t)                                                           \
    static inline void mcx_bytes_block_##variant(const uint32_t *words, const input_t *x, uint32_t groups, \
                                                 uint32_t *raw)                                            \
    {                                                                                                      \
        for (uint32_t j = 0u; j < 4u; j++) {                                                               \
            raw[j] = 0u;                                                                                   \
            for (uint32_t i = 0u; i < 4u * groups; i++) {                                                  \
                const int32_t codes = (int32_t)words[i] >> (8u * j), input = x[i];                         \
                raw[j] += (uint32_t)codes * (uint32_t)input;                                               \
            }                                                                                              \
        }                                                                                                  \
    }

MCX_DEFINE_BYTES_BLOCK(u7, int8_t)
MCX_DEFINE_BYTES_BLOCK(u8, uint8_t)
MCX_DEFINE_BYTES_BLOCK(s8, int8_t)

#endif
