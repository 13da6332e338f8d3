/* The four functions that a compiler may call even in freestanding code.
 *
 * The pragma keeps gcc from seeing a memcpy in memcpy's own loop, and calling it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stddef.h>

#pragma GCC optimize("no-tree-loop-distribute-patterns")

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *left, const void *right, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    for (size_t i = 0u; i < bytes; i++) {
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    const unsigned char *source = from;
    unsigned char *target = to;
    if (target < source) {
        for (size_t i = 0u; i < bytes; i++) {
            target[i] = source[i];
        }
        return to;
    }
    for (size_t i = bytes; i > 0u; i--) {
        target[i - 1u] = source[i - 1u];
    }
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    for (size_t i = 0u; i < bytes; i++) {
        ((unsigned char *)to)[i] = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t bytes)
{
    const unsigned char *l = left;
    const unsigned char *r = right;
    while (bytes > 0u && *l == *r) {
        l++;
        r++;
        bytes--;
    }
    return bytes == 0u ? 0 : *l - *r;
}
