/* CRC-32 (IEEE 802.3, reflected, polynomial 0xEDB88320) over constants, least significant byte first.
 *
 * It is taken of values, not of memory, so that it does not depend on the byte order.  Start with 0.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_CRC32_H
#define MCX_CRC32_H

#include <stddef.h>
#include <stdint.h>

#include "mcx_memory.h"

static inline uint32_t mcx_crc32_value(uint32_t crc, uint32_t value, uint32_t bytes)
{
    for (uint32_t i = 0u; i < bytes; i++) {
        crc ^= value & 0xFFu;
        value >>= 8;
        for (uint32_t bit = 0u; bit < 8u; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
        }
    }
    return crc;
}

static inline uint32_t mcx_crc32_8(uint32_t crc, MCX_CONST uint8_t *values, uint32_t n)
{
    crc = ~crc;
    for (uint32_t i = 0u; i < n; i++) {
        crc = mcx_crc32_value(crc, values[i], 1u);
    }
    return ~crc;
}

static inline uint32_t mcx_crc32_16(uint32_t crc, MCX_CONST uint16_t *values, uint32_t n)
{
    crc = ~crc;
    for (uint32_t i = 0u; i < n; i++) {
        crc = mcx_crc32_value(crc, values[i], 2u);
    }
    return ~crc;
}

static inline uint32_t mcx_crc32_32(uint32_t crc, MCX_CONST uint32_t *values, uint32_t n)
{
    crc = ~crc;
    for (uint32_t i = 0u; i < n; i++) {
        crc = mcx_crc32_value(crc, values[i], 4u);
    }
    return ~crc;
}

#endif
