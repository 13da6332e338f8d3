/* What the RP2350's boot ROM looks for in the first 4 KB: an image definition, for Arm, secure.
 *
 * RP2350 Datasheet, 5.9.5.1: a loop of this one block.  Without a vector table item the table at the image's start
 * is taken.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

__attribute__((section(".vectors.image"), used)) static const uint32_t image_definition[5] = {
    0xFFFFDED3u, /* begin */
    0x10210142u, /* image type: executable, secure, Arm, RP2350 */
    0x000001FFu, /* last item; the items before it have one word */
    0x00000000u, /* the next block is this one */
    0xAB123579u, /* end */
};
