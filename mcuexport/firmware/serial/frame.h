/* Frames on the wire: SLIP (RFC 1055) around a content and its CRC-32, least significant byte first.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_FRAME_H
#define MCX_FIRMWARE_FRAME_H

#include <stdint.h>

/* Content and CRC of a frame that is received are shorter than this. */
#define FRAME_BYTES 64u

/* Waits for a frame whose CRC is right; the bytes of its content. */
uint32_t frame_receive(uint8_t content[FRAME_BYTES]);

/* Of what lies where variables do. */
uint32_t frame_crc(const void *data, uint32_t bytes);

/* A frame is sent as it is made and has no length limit. */
void frame_begin(uint8_t kind, uint8_t sequence);
void frame_put(uint32_t value, uint32_t bytes);
void frame_end(void);

#endif
