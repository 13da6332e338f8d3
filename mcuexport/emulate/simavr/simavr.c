/* Runs a program for an AVR, as QEMU does for other cores: `simavr PROGRAM MCU RUN`, in the folder of its files.
 *
 * simavr's library decodes and counts cycles.  Here are semihosting, the end of a run, faults, and what each call of
 * the function RUN takes: the deepest stack into stack.bin; with a marks.bin, pairs of an address where a layer ends
 * and the layer's index, also counts.bin: instructions and cycles, layer by layer, call by call.
 *
 * Semihosting: the program writes the address of a call_t to GPIOR2:GPIOR1, then the operation to GPIOR0.
 *
 * SPDX-License-Identifier: MIT
 */
#include <simavr/sim_avr.h>
#include <simavr/sim_core.h>
#include <simavr/sim_elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LAYERS 4096u
#define FLASH_WORDS 65536u

enum { GPIOR0 = 0x3E, GPIOR1 = 0x4A, GPIOR2 = 0x4B };
enum { SYS_OPEN = 1, SYS_CLOSE = 2, SYS_WRITE0 = 4, SYS_WRITE = 5, SYS_READ = 6, SYS_EXIT_EXTENDED = 0x20 };
enum { STACK_OVERFLOW = 67, FAULT = 68 }; /* as in firmware/src/board.h */
enum { JUMP_TO_ITSELF = 0xCFFF };         /* where the C library ends, with and without success */
enum { OUT_SPL = 0xBE0D, OUT_SPH = 0xBE0E, OUT_MASK = 0xFE0F };

typedef struct {
    uint64_t instructions;
    uint64_t cycles;
} tally_t;

/* A call of RUN.  caller: the stack pointer behind its return address. */
typedef struct {
    uint32_t active;
    uint32_t layer;
    uint32_t half_written; /* the high byte of the stack pointer is new, the low byte not yet */
    uint16_t caller;
    uint16_t deepest;
    tally_t layers[MAX_LAYERS];
} call_t;

static elf_firmware_t program;
static FILE *files[8];
static uint32_t opened = 1u;
static call_t call;
static uint16_t mark_layers[FLASH_WORDS]; /* of the layer that begins at a word of flash; 0 for none */
static uint32_t layers;
static uint32_t deepest_stack;
static FILE *counts;

static uint32_t symbol(const char *name)
{
    for (uint32_t i = 0u; i < program.symbolcount; i++) {
        if (strcmp(program.symbol[i]->symbol, name) == 0) {
            return program.symbol[i]->addr;
        }
    }
    fprintf(stderr, "the program has no %s\n", name);
    exit(EXIT_FAILURE);
}

static uint32_t value_at(const avr_t *avr, uint32_t address, uint32_t bytes)
{
    uint32_t value = 0u;
    while (bytes-- > 0u) {
        value = value << 8 | avr->data[address + bytes];
    }
    return value;
}

static uint16_t stack_pointer(const avr_t *avr)
{
    return (uint16_t)value_at(avr, R_SPL, 2u);
}

static void finish(int status)
{
    if (deepest_stack > 0u) {
        FILE *const file = fopen("stack.bin", "wb");
        fwrite(&deepest_stack, sizeof deepest_stack, 1u, file);
        fclose(file);
    }
    exit(fflush(NULL) == 0 ? status : EXIT_FAILURE);
}

static uint32_t open_file(const char *path, uint32_t mode)
{
    files[opened] = fopen(path, mode == 1u ? "rb" : "wb");
    return files[opened] == NULL ? UINT32_MAX : opened++;
}

/* The answer to one operation; reads and writes answer with the bytes they did not move. */
static uint32_t semihost(const avr_t *avr, uint32_t operation, uint32_t block)
{
    const uint32_t first = value_at(avr, block, 4u), second = value_at(avr, block + 4u, 4u);
    switch (operation) {
    case SYS_OPEN:
        return open_file((const char *)avr->data + first, second);
    case SYS_CLOSE:
        return (uint32_t)fclose(files[first]);
    case SYS_WRITE0:
        return (uint32_t)fputs((const char *)avr->data + block, stderr);
    case SYS_WRITE: {
        const uint32_t bytes = value_at(avr, block + 8u, 4u);
        return bytes - (uint32_t)fwrite(avr->data + second, 1u, bytes, files[first]);
    }
    case SYS_READ: {
        const uint32_t bytes = value_at(avr, block + 8u, 4u);
        return bytes - (uint32_t)fread(avr->data + second, 1u, bytes, files[first]);
    }
    case SYS_EXIT_EXTENDED:
        finish((int)(second & 0xFFu));
    }
    return UINT32_MAX;
}

/* GPIOR2:GPIOR1 leads to the address of the operation's block, 2 bytes, and to room for the answer, 4 bytes. */
static void on_operation(avr_t *avr, avr_io_addr_t address, uint8_t operation, void *unused)
{
    (void)address;
    (void)unused;
    const uint32_t at = avr->data[GPIOR1] | (uint32_t)avr->data[GPIOR2] << 8;
    const uint32_t answer = semihost(avr, operation, value_at(avr, at, 2u));
    for (uint32_t i = 0u; i < 4u; i++) {
        avr->data[at + 2u + i] = (uint8_t)(answer >> (8u * i));
    }
}

static void be_silent(avr_t *avr, const int level, const char *format, va_list arguments)
{
    (void)avr;
    (void)level;
    (void)format;
    (void)arguments;
}

static void fail(const avr_t *avr, const char *what, uint32_t address, int status)
{
    fprintf(stderr, "%s at 0x%08x (", what, address);
    for (uint32_t i = 0u; i < 32u; i++) {
        fprintf(stderr, "r%u=0x%02x, ", i, avr->data[i]);
    }
    const uint32_t done = value_at(avr, symbol("mcx_operators_done") & 0xFFFFu, 4u);
    fprintf(stderr, "sp=0x%04x, operators done: 0x%08x)\n", stack_pointer(avr), done);
    finish(status);
}

static void read_marks(void)
{
    FILE *const file = fopen("marks.bin", "rb");
    uint32_t pair[2];
    if (file == NULL) {
        return;
    }
    while (fread(pair, sizeof pair, 1u, file) == 1u) {
        mark_layers[pair[0] / 2u % FLASH_WORDS] = (uint16_t)(pair[1] + 1u);
        layers = pair[1] + 2u > layers ? pair[1] + 2u : layers;
    }
    fclose(file);
    counts = fopen("counts.bin", "wb");
}

static void begin(const avr_t *avr)
{
    memset(&call, 0, sizeof call);
    call.active = 1u;
    call.caller = (uint16_t)(stack_pointer(avr) + avr->address_size);
    call.deepest = call.caller;
}

static void end(void)
{
    const uint32_t bytes = (uint32_t)(call.caller - call.deepest);
    deepest_stack = bytes > deepest_stack ? bytes : deepest_stack;
    call.active = 0u;
    if (counts != NULL) {
        fwrite(call.layers, sizeof call.layers[0], layers, counts);
    }
}

static uint32_t opcode_at(const avr_t *avr, uint32_t address)
{
    return avr->flash[address] | (uint32_t)avr->flash[address + 1u] << 8;
}

/* Notes where the stack is after an instruction; compilers write its pointer high byte first. */
static void watch_stack(const avr_t *avr, uint32_t opcode, uint32_t free_ram)
{
    const uint16_t now = stack_pointer(avr);
    if ((opcode & OUT_MASK) == OUT_SPH || (opcode & OUT_MASK) == OUT_SPL) {
        call.half_written = (opcode & OUT_MASK) == OUT_SPH;
    }
    if (call.half_written != 0u) {
        return;
    }
    if (now < free_ram || now > avr->ramend) {
        fputs("the stack overflowed\n", stderr);
        finish(STACK_OVERFLOW);
    }
    call.deepest = now < call.deepest ? now : call.deepest;
    if (now == call.caller) {
        end();
    }
}

static void step(avr_t *avr, uint32_t run, uint32_t free_ram)
{
    const uint32_t address = avr->pc, opcode = opcode_at(avr, address);
    const avr_cycle_count_t cycles = avr->cycle;
    if (address == run && call.active == 0u) {
        begin(avr);
    }
    if (mark_layers[address / 2u % FLASH_WORDS] != 0u) {
        call.layer = mark_layers[address / 2u % FLASH_WORDS];
    }
    avr->pc = avr_run_one(avr);
    if (avr->state != cpu_Running) {
        fail(avr, "fault", address, FAULT);
    }
    if (call.active != 0u) {
        tally_t *const tally = &call.layers[call.layer % MAX_LAYERS];
        tally->instructions++;
        tally->cycles += avr->cycle - cycles;
        watch_stack(avr, opcode, free_ram);
    }
}

int main(int count, char **words)
{
    avr_global_logger_set(be_silent);
    avr_t *const avr = count == 4 ? avr_make_mcu_by_name(words[2]) : NULL;
    if (avr == NULL || avr_init(avr) != 0 || elf_read_firmware(words[1], &program) != 0) {
        fputs("usage: simavr PROGRAM MCU RUN\n", stderr);
        return 2;
    }
    avr_load_firmware(avr, &program);
    avr_register_io_write(avr, GPIOR0, on_operation, NULL);
    avr->run_cycle_count = 1u; /* one instruction at a time */
    const uint32_t run = symbol(words[3]);
    const uint32_t free_ram = symbol("__bss_end") & 0xFFFFu;
    read_marks();
    for (;;) {
        if (opcode_at(avr, avr->pc) == JUMP_TO_ITSELF) {
            const uint32_t sp = stack_pointer(avr);
            fail(avr, "trap", 2u * ((uint32_t)avr->data[sp + 1u] << 8 | avr->data[sp + 2u]), FAULT);
        }
        step(avr, run, free_ram);
    }
}
