/* Addresses that the link script sets.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_FIRMWARE_LINK_H
#define MCX_FIRMWARE_LINK_H

#include <stdint.h>

extern const uint32_t link_data_load[];
extern uint32_t link_data_start[];
extern uint32_t link_data_end[];
extern uint32_t link_bss_start[];
extern uint32_t link_bss_end[];
extern uint32_t link_stack_limit[];
extern uint32_t link_stack_top[];

#endif
