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

/* Content: kind, sequence number, data, of any length. */
void frame_send(uint8_t kind, uint8_t sequence, const void *data, uint32_t bytes);

/* Of what lies where variables do. */
uint32_t frame_crc(const void *data, uint32_t bytes);

#endif
