#include "common/conf/topo_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
topo_refuse(struct topo_reader *reader, const char *path, const char *format, ...)
{
    va_list list;
    char sentence[384];

    va_start(list, format);
    (void)vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    if (!reader->failed)
        (void)snprintf(reader->err, reader->room, "%s: %s%s%s", reader->file, path,
                       *path ? ": " : "", sentence);
    reader->failed = true;
    return false;
}

struct topo_path
topo_path_to(const char *path, const char *key)
{
    struct topo_path out;

    (void)snprintf(out.text, sizeof out.text, "%s%s%.40s", path, *path ? "." : "", key);
    for (char *at = out.text; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return out;
}

static bool
is_known(const char *key, const char *const *known)
{
    while (*known && strcmp(*known, key) != 0)
        known++;
    return *known != NULL;
}

bool
topo_check_object(struct topo_reader *reader, const char *path, json_t *json,
                  const char *const *known)
{
    const char *key;
    json_t *value;

    if (!json_is_object(json))
        return topo_refuse(reader, path, "expected an object");
    json_object_foreach(json, key, value)
    {
        char list[256] = "";

        if (is_known(key, known))
            continue;
        for (size_t at = 0; *known && at < sizeof list; known++)
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "", *known);
        return topo_refuse(reader, topo_path_to(path, key).text, "unknown key; known: %s", list);
    }
    return true;
}

bool
topo_get_string(struct topo_reader *reader, const char *path, json_t *object, const char *key,
                bool required, char *out, size_t room)
{
    json_t *value = json_object_get(object, key);
    struct topo_path here = topo_path_to(path, key);

    if (!value)
        return required ? topo_refuse(reader, here.text, "missing") : true;
    if (!json_is_string(value))
        return topo_refuse(reader, here.text, "expected a string");
    if (json_string_length(value) == 0 || json_string_length(value) >= room)
        return topo_refuse(reader, here.text, "expected 1 to %zu characters", room - 1);
    memset(out, 0, room);
    memcpy(out, json_string_value(value), json_string_length(value));
    return true;
}

bool
topo_get_number(struct topo_reader *reader, const char *path, json_t *object, const char *key,
                bool required, uint32_t low, uint32_t high, uint32_t *out)
{
    json_t *value = json_object_get(object, key);
    struct topo_path here = topo_path_to(path, key);

    if (!value)
        return required ? topo_refuse(reader, here.text, "missing") : true;
    if (!json_is_integer(value) || json_integer_value(value) < (json_int_t)low ||
        json_integer_value(value) > (json_int_t)high)
        return topo_refuse(reader, here.text, "expected a whole number from %u to %u", low, high);
    *out = (uint32_t)json_integer_value(value);
    return true;
}

bool
topo_get_bool(struct topo_reader *reader, const char *path, json_t *object, const char *key,
              bool *out)
{
    json_t *value = json_object_get(object, key);

    if (!value)
        return true;
    if (!json_is_boolean(value))
        return topo_refuse(reader, topo_path_to(path, key).text, "expected true or false");
    *out = json_is_true(value);
    return true;
}

bool
topo_check_name(struct topo_reader *reader, const char *path, const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len >= TOPO_NAME || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") < len)
        return topo_refuse(reader, path, "expected a name of 1 to %d characters a-z, 0-9 and -",
                           TOPO_NAME - 1);
    return true;
}

bool
topo_get_name(struct topo_reader *reader, const char *path, json_t *object, const char *key,
              bool required, char out[TOPO_NAME])
{
    char text[256] = "";
    struct topo_path here = topo_path_to(path, key);

    if (!topo_get_string(reader, path, object, key, required, text, sizeof text))
        return false;
    if (!json_object_get(object, key))
        return true;
    if (!topo_check_name(reader, here.text, text))
        return false;
    memset(out, 0, TOPO_NAME);
    memcpy(out, text, strlen(text));
    return true;
}
