/* Cycles by timer 1 of the ATmega328P, 16 bits that count up, and an interrupt at each wrap for the other 16.
 *
 * ATmega328P data sheet, DS40002061, 15.11.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <avr/interrupt.h>
#include <avr/io.h>

#include "chip.h"

static volatile uint16_t wraps;

ISR(TIMER1_OVF_vect)
{
    wraps++;
}

void counter_start(void)
{
    TCCR1A = 0u;
    TCCR1B = 1u << CS10;
    TIMSK1 = 1u << TOIE1;
    sei();
}

uint32_t counter_read(void)
{
    uint16_t high;
    uint16_t low;
    do {
        high = wraps;
        low = TCNT1;
    } while (high != wraps);
    return (uint32_t)high << 16 | low;
}
