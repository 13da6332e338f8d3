/* SLIP frames with a CRC.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "frame.h"

#include "chip.h"
#include "mcx_crc32.h"

enum {
    END = 0xC0,
    ESCAPE = 0xDB,
    ESCAPED_END = 0xDC,
    ESCAPED_ESCAPE = 0xDD
};

/* What is left when a CRC-32 goes over a content and its own CRC. */
#define RESIDUE ((uint32_t)0x2144DF1Cu)

static uint32_t crc_on(uint32_t crc, const uint8_t *data, uint32_t bytes)
{
    for (uint32_t i = 0u; i < bytes; i++) {
        crc = mcx_crc32_value(crc, data[i], 1u);
    }
    return crc;
}

uint32_t frame_crc(const void *data, uint32_t bytes)
{
    return ~crc_on(~(uint32_t)0, data, bytes);
}

static void put(const uint8_t *data, uint32_t bytes)
{
    for (uint32_t i = 0u; i < bytes; i++) {
        uint8_t byte = data[i];
        if (byte == END || byte == ESCAPE) {
            uart_send(ESCAPE);
            byte = byte == END ? ESCAPED_END : ESCAPED_ESCAPE;
        }
        uart_send(byte);
    }
}

/* All boards are little-endian: the CRC lies in memory as it is sent. */
void frame_send(uint8_t kind, uint8_t sequence, const void *data, uint32_t bytes)
{
    const uint8_t head[2] = {kind, sequence};
    const uint32_t crc = ~crc_on(~frame_crc(head, sizeof head), data, bytes);
    uart_send(END);
    put(head, sizeof head);
    put(data, bytes);
    put((const uint8_t *)&crc, sizeof crc);
    uart_send(END);
}

/* What is too long overwrites its last byte, and fails by its CRC. */
uint32_t frame_receive(uint8_t content[FRAME_BYTES])
{
    uint32_t n = 0u;
    for (;;) {
        uint8_t byte = uart_receive();
        if (byte == END) {
            if (n > 4u && frame_crc(content, n) == RESIDUE) {
                return n - 4u;
            }
            n = 0u;
            continue;
        }
        if (byte == ESCAPE) {
            byte = uart_receive() == ESCAPED_END ? END : ESCAPE;
        }
        content[n] = byte;
        n += n < FRAME_BYTES - 1u ? 1u : 0u;
    }
}
