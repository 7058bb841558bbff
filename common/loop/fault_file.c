#include "common/loop/fault_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/loop/book.h"

enum { FILE_MOST = 64 * 1024 };

/* ---- reading ------------------------------------------------------------------------ */

static int
refuse(char *err, size_t room, size_t index, const char *what)
{
    (void)snprintf(err, room, FAULT_FILE ": faults[%zu]: %s", index, what);
    return DI_EFORMAT;
}

static bool
get_number(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_integer_value(value);
    return json_is_integer(value);
}

static int
read_one(struct fault *fault, size_t index, const json_t *object, const struct topo *topo,
         char *err, size_t room)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const char *target = json_string_value(json_object_get(object, "target")), *why;
    int64_t id;

    if (!kind || !fault_kind_read(kind, &fault->kind))
        return refuse(err, room, index, "expected a kind of fault");
    if (!target || !fault_target_read(&fault->target, fault->kind, target, topo, &why))
        return refuse(err, room, index, "expected a target of that kind");
    if (!get_number(object, "id", &id) || id < 1 || id > UINT32_MAX)
        return refuse(err, room, index, "expected a number of the lease");
    if (!get_number(object, "amount", &fault->amount) ||
        !fault_amount_fits(fault->kind, fault->amount))
        return refuse(err, room, index, "expected an amount of that kind");
    if (!get_number(object, "begin_us", &fault->begin_us) ||
        !get_number(object, "end_us", &fault->end_us) || fault->begin_us < 0 ||
        fault->end_us < fault->begin_us)
        return refuse(err, room, index, "expected a begin and an end");
    fault->id = (uint32_t)id;
    return 0;
}

static int
read_list(struct faults *faults, const json_t *json, const struct topo *topo, char *err,
          size_t room)
{
    const json_t *list = json_object_get(json, "faults");
    struct faults read = {.n = json_array_size(list)};
    int rc = 0;

    if (!json_is_array(list) || read.n > FAULTS_MOST) {
        (void)snprintf(err, room, FAULT_FILE ": expected at most %d faults", FAULTS_MOST);
        return DI_EFORMAT;
    }
    for (size_t i = 0; i < read.n && rc == 0; i++)
        rc = read_one(&read.list[i], i, json_array_get(list, i), topo, err, room);
    if (rc == 0)
        *faults = read;
    return rc;
}

int
faults_parse(struct faults *faults, const char *text, size_t len, const struct topo *topo,
             char *err, size_t room)
{
    json_error_t error;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    int rc;

    if (!json) {
        (void)snprintf(err, room, FAULT_FILE ": line %d: %s", error.line, error.text);
        return DI_EFORMAT;
    }
    rc = read_list(faults, json, topo, err, room);
    json_decref(json);
    return rc;
}

int
faults_read(struct faults *faults, const char *rundir, const struct topo *topo, char *err,
            size_t room)
{
    static _Thread_local char text[FILE_MOST];
    long len = book_get(rundir, FAULT_FILE, text, sizeof text);

    if (len >= 0)
        return faults_parse(faults, text, (size_t)len, topo, err, room);
    if (len == DI_ENOTFOUND) {
        faults->n = 0;
        return 0;
    }
    (void)snprintf(err, room, "%s/" FAULT_FILE ": %s", rundir,
                   len == DI_ESPACE ? "too long" : strerror(errno));
    return DI_ESYSTEM;
}

/* ---- writing ------------------------------------------------------------------------ */

static json_t *
to_json(const struct faults *faults, const struct topo *topo)
{
    json_t *list = json_array();

    for (size_t i = 0; i < faults->n; i++) {
        const struct fault *it = &faults->list[i];
        char target[FAULT_TARGET];

        fault_target_text(&it->target, it->kind, topo, target);
        (void)json_array_append_new(
            list,
            json_pack("{s:I, s:s, s:s, s:I, s:I, s:I}", "id", (json_int_t)it->id, "kind",
                      fault_kind_word(it->kind), "target", target, "amount", (json_int_t)it->amount,
                      "begin_us", (json_int_t)it->begin_us, "end_us", (json_int_t)it->end_us));
    }
    return json_pack("{s:o}", "faults", list);
}

static int
put(const struct faults *faults, const char *rundir, const struct topo *topo)
{
    json_t *json = to_json(faults, topo);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    int rc = DI_ESYSTEM;

    errno = ENOMEM;
    if (text)
        rc = book_put(rundir, FAULT_FILE, text, strlen(text));
    free(text);
    json_decref(json);
    return rc;
}

int
faults_write(const struct faults *faults, const char *rundir, const struct topo *topo, char *err,
             size_t room)
{
    int rc = faults->n == 0 ? book_drop(rundir, FAULT_FILE) : put(faults, rundir, topo);

    if (rc != 0)
        (void)snprintf(err, room, "%s/" FAULT_FILE ": cannot write: %s", rundir, strerror(errno));
    return rc;
}
