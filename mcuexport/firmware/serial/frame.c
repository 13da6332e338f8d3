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

/* What is left when a CRC-32 goes over a content and its own CRC, before the last inversion. */
#define RESIDUE ((uint32_t)0xDEBB20E3u)

static uint32_t crc;

uint32_t frame_crc(const void *data, uint32_t bytes)
{
    uint32_t of = ~(uint32_t)0;
    for (uint32_t i = 0u; i < bytes; i++) {
        of = mcx_crc32_value(of, ((const uint8_t *)data)[i], 1u);
    }
    return ~of;
}

static void put(uint8_t byte)
{
    crc = mcx_crc32_value(crc, byte, 1u);
    if (byte == END || byte == ESCAPE) {
        uart_send(ESCAPE);
        byte = byte == END ? ESCAPED_END : ESCAPED_ESCAPE;
    }
    uart_send(byte);
}

void frame_begin(uint8_t kind, uint8_t sequence)
{
    uart_send(END);
    crc = ~(uint32_t)0;
    put(kind);
    put(sequence);
}

void frame_put(uint32_t value, uint32_t bytes)
{
    while (bytes-- > 0u) {
        put((uint8_t)value);
        value >>= 8;
    }
}

void frame_end(void)
{
    frame_put(~crc, 4u);
    uart_send(END);
}

/* What is too long overwrites its last byte, and fails by its CRC. */
uint32_t frame_receive(uint8_t content[FRAME_BYTES])
{
    uint32_t n = 0u;
    for (;;) {
        uint8_t byte = uart_receive();
        if (byte == END) {
            if (n > 4u && frame_crc(content, n) == ~RESIDUE) {
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
