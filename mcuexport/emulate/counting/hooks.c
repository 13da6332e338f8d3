/* Counts executed basic blocks for counting.py: called by Unicorn at the start of each.
 *
 * A slot per (address, size, layer).  fell_through: how often the next block was the one right behind.
 * marks: addresses where a layer ends; a block that holds one belongs to the next layer from there on.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stddef.h>
#include <stdint.h>

#define SLOTS 16384u
#define MAX_MARKS 4096u
#define MAX_MISALIGNED 16u

typedef struct {
    uint32_t address;
    uint32_t size;
    uint32_t layer;
    uint32_t next_layer;
    uint64_t executed;
    uint64_t fell_through;
} slot_t;

typedef struct {
    slot_t slots[SLOTS];
    uint32_t mark_addresses[MAX_MARKS];
    uint32_t mark_layers[MAX_MARKS];
    uint32_t marks;
    uint32_t layer;
    uint32_t current;       /* slot of the running block + 1 */
    uint32_t used;
    uint64_t halfwords;     /* executed so far */
    uint64_t limit;         /* of halfwords; then stop is called */
    uint32_t stopped;
    uint32_t misaligned;
    uint32_t misaligned_address[MAX_MISALIGNED];
    uint32_t misaligned_block[MAX_MISALIGNED];
    uint32_t misaligned_size[MAX_MISALIGNED];
    int (*stop)(void *engine);
} counter_t;

size_t counter_bytes(void);
void count_block(void *engine, uint64_t address, uint32_t size, counter_t *counter);
void check_alignment(void *engine, int type, uint64_t address, int size, int64_t value, counter_t *counter);

size_t counter_bytes(void)
{
    return sizeof(counter_t);
}

static void open_slot(counter_t *counter, slot_t *slot, uint32_t address, uint32_t size)
{
    slot->address = address;
    slot->size = size;
    slot->layer = counter->layer;
    slot->next_layer = counter->layer;
    for (uint32_t i = 0u; i < counter->marks; i++) {
        if (counter->mark_addresses[i] - address < size) {
            slot->next_layer = counter->mark_layers[i] + 1u;
        }
    }
    counter->used++;
}

static uint32_t find_slot(counter_t *counter, uint32_t address, uint32_t size)
{
    uint32_t at = (address / 2u * 2654435761u + size * 40503u + counter->layer * 97u) % SLOTS;
    for (;;) {
        slot_t *const slot = &counter->slots[at];
        if (slot->size == 0u) {
            open_slot(counter, slot, address, size);
            return at;
        }
        if (slot->address == address && slot->size == size && slot->layer == counter->layer) {
            return at;
        }
        at = (at + 1u) % SLOTS;
    }
}

void count_block(void *engine, uint64_t address, uint32_t size, counter_t *counter)
{
    if (counter->current != 0u) {
        slot_t *const before = &counter->slots[counter->current - 1u];
        before->fell_through += before->address + before->size == (uint32_t)address;
    }
    const uint32_t at = find_slot(counter, (uint32_t)address, size);
    counter->slots[at].executed++;
    counter->layer = counter->slots[at].next_layer;
    counter->current = at + 1u;
    counter->halfwords += size / 2u;
    if (counter->halfwords > counter->limit || counter->used > SLOTS / 2u) {
        counter->stopped = 1u;
        counter->stop(engine);
    }
}

void check_alignment(void *engine, int type, uint64_t address, int size, int64_t value, counter_t *counter)
{
    (void)engine;
    (void)type;
    (void)value;
    if (((uint32_t)address & ((uint32_t)size - 1u)) != 0u) {
        const uint32_t n = counter->misaligned++;
        if (n < MAX_MISALIGNED && counter->current != 0u) {
            counter->misaligned_address[n] = (uint32_t)address;
            counter->misaligned_size[n] = (uint32_t)size;
            counter->misaligned_block[n] = counter->slots[counter->current - 1u].address;
        }
    }
}
