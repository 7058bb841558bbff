/* Any bytes as a scenario: refused with a sentence, or printed and read it is the same. */
#include <stdlib.h>
#include <string.h>

#include "lab/record/scenario_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool holds)
{
    if (!holds)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scenario scenario, again;
    char err[SCENARIO_ERROR] = "", *text, *twice;

    if (!scenario_read(&scenario, (const char *)data, size, err)) {
        demand(err[0] != '\0' && memchr(err, '\0', sizeof err));
        return 0;
    }
    text = scenario_print(&scenario);
    demand(text && scenario_read(&again, text, strlen(text), err));
    twice = scenario_print(&again);
    demand(twice && strcmp(text, twice) == 0);
    free(twice);
    free(text);
    return 0;
}
