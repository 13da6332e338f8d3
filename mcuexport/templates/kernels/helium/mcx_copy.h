/* Bytes from one place to another, 16 at once; the two do not overlap.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_COPY_H
#define MCX_COPY_H

#include <stdint.h>

static inline void mcx_copy(const void *from, void *to, uint32_t n)
{
    register uint32_t left __asm__("lr") = n;
    __asm__ volatile("wlstp.8 lr, lr, 2f\n\t"
                     "1:\n\t"
                     "vldrb.8 q0, [%[from]], #16\n\t"
                     "vstrb.8 q0, [%[to]], #16\n\t"
                     "letp    lr, 1b\n\t"
                     "2:"
                     : [from] "+r"(from), [to] "+r"(to), "+r"(left)
                     :
                     : "q0", "memory");
}

#endif
