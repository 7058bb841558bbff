/* What happened, as dated lines in two columns: east on the left, west on the right. */
#include <stdarg.h>
#include <stdio.h>

#include "check.h"

enum { COLUMN = 70 };

const char *
sim_plant_name(enum plant plant)
{
    static const char *const names[PLANT_N] = {
#define X(name, text, invariant) [PLANT_##name] = text,
        PLANTS(X)
#undef X
    };

    return names[plant];
}

enum invariant
sim_plant_breaks(enum plant plant)
{
    static const enum invariant breaks[PLANT_N] = {
#define X(name, text, invariant) [PLANT_##name] = INV_##invariant,
        PLANTS(X)
#undef X
    };

    return breaks[plant];
}

const char *
sim_invariant_name(enum invariant invariant)
{
    static const char *const names[INVARIANT_N] = {
#define X(name, text) [INV_##name] = #name,
        INVARIANTS(X)
#undef X
    };

    return names[invariant];
}

const char *
sim_invariant_text(enum invariant invariant)
{
    static const char *const texts[INVARIANT_N] = {
#define X(name, text) [INV_##name] = text,
        INVARIANTS(X)
#undef X
    };

    return texts[invariant];
}

void
say(const struct world *world, int side, const char *format, ...)
{
    char line[256];
    va_list args;

    if (!world->options.verbose)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (world->options.tail_us && world->now.us < START_US + world->options.tail_us)
        return;
    printf("[%11.6f] ", (double)(world->now.us - START_US) / 1e6);
    if (side == EAST)
        printf("%s\n", line);
    else if (side == WEST)
        printf("%*s%s\n", COLUMN, "", line);
    else
        printf("---- %s\n", line);
}
