/* How a core addresses memory; a family overrides it where constants need instructions of their own.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MCX_MEMORY_H
#define MCX_MEMORY_H

/* Qualifies constants, and what pointers to them point to: weights, offsets, tables. */
#define MCX_CONST const

/* n constants of a type, where data is: they already are. */
#define MCX_AS_DATA(type, constants, n) (constants)

/* What the scratch must be aligned to, in bytes. */
#define MCX_ALIGNMENT 4u

#endif
