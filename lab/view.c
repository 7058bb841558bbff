#include "lab/view.h"

#include <string.h>

/* The next letter that counts, in lower case. */
static char
next_letter(const char **at)
{
    while (**at == '-' || **at == '_' || **at == ' ')
        (*at)++;

    char c = **at;

    if (c)
        (*at)++;
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
view_same_word(const char *a, const char *b)
{
    char x, y;

    do {
        x = next_letter(&a);
        y = next_letter(&b);
    } while (x && x == y);
    return x == y;
}

const struct view_instance *
view_in_state(const struct view *view, const char *state)
{
    const struct view_instance *found = NULL;

    for (size_t i = 0; i < view->instance_n; i++) {
        if (!view->instances[i].cf || !view_same_word(view->instances[i].chassis, state))
            continue;
        if (found)
            return NULL;
        found = &view->instances[i];
    }
    return found;
}

bool
view_synced(const struct view *view)
{
    const struct view_instance *active = view_in_state(view, "active");
    const struct view_instance *standby = view_in_state(view, "standby");

    return active && standby && active->synced && standby->synced;
}
