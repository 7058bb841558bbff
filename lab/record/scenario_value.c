/* Single values of a stranger's scenario. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/near.h"
#include "lab/record/scenario_reading.h"

bool
reading_refuse(const struct reading *r, const char *key, const char *format, ...)
{
    char why[SCENARIO_ERROR - 112];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why, sizeof why, format, args);
    va_end(args);
    (void)snprintf(r->err, SCENARIO_ERROR, "%s%s%.40s: %s", r->place,
                   r->place[0] && key[0] ? "." : "", key, why);
    reading_tame(r->err);
    return false;
}

void
reading_tame(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            *text = '?';
}

/* Every key of the object is one of these. */
bool
reading_knows_keys(const struct reading *r, json_t *object, const char *const *keys, size_t n)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        size_t i = 0;
        const char *near = near_word(key, keys, n);

        while (i < n && strcmp(keys[i], key) != 0)
            i++;
        if (i == n)
            return reading_refuse(r, key, "is not known here%s%s%s", near ? "; did you mean " : "",
                                  near ? near : "", near ? "?" : "");
    }
    return true;
}

bool
reading_number(const struct reading *r, json_t *object, const char *key, int64_t least,
               int64_t most, int64_t *out)
{
    json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < least ||
        json_integer_value(value) > most)
        return reading_refuse(r, key, "expected a whole number from %" PRId64 " to %" PRId64, least,
                              most);
    *out = json_integer_value(value);
    return true;
}

bool
reading_flag(const struct reading *r, json_t *object, const char *key, bool *out)
{
    json_t *value = json_object_get(object, key);

    *out = json_is_true(value);
    return json_is_boolean(value) || reading_refuse(r, key, "expected true or false");
}

/* Without what would move the cursor of whoever reads it. */
bool
reading_text(const struct reading *r, json_t *object, const char *key, char *out, size_t room)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (!text || strlen(text) >= room)
        return reading_refuse(r, key, "expected a text of at most %zu octets", room - 1);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return reading_refuse(r, key, "expected a text of one line");
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* One of these words; which. */
bool
reading_word(const struct reading *r, json_t *object, const char *key, const char *const *words,
             size_t n, uint8_t *out)
{
    char list[320] = "";
    const char *text = json_string_value(json_object_get(object, key));

    for (size_t i = 0; i < n; i++) {
        if (text && strcmp(words[i], text) == 0) {
            *out = (uint8_t)i;
            return true;
        }
        (void)snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
                       words[i]);
    }
    return reading_refuse(r, key, "\"%.40s\" is none of: %s", text ? text : "", list);
}

size_t
reading_side_words(const struct scenario *s, const char *words[SCENARIO_SIDES])
{
    for (size_t i = 0; i < SCENARIO_SIDES; i++)
        words[i] = s->chassis[i].name;
    return SCENARIO_SIDES;
}
