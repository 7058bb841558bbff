#include "lab/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf/conf_file.h"
#include "common/loop/book.h"
#include "common/loop/log.h"

#define COPY "topology.json"

enum { LINES = 3 }; /* of the file `topology`: what is used, what it was made of, the net or "-" */

bool
resolve_asked(const struct resolve *wish)
{
    return wish->name || wish->net != RESOLVE_NO_NET;
}

/* ---- moving ------------------------------------------------------------------------------ */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Does an address 127.0.x.y begin there? */
static bool
begins_here(const char *text, const char *at)
{
    static const char net[] = "127.0.";
    const char *rest = at + sizeof net - 1;
    size_t digits;

    if (strncmp(at, net, sizeof net - 1) != 0 || (at > text && (is_digit(at[-1]) || at[-1] == '.')))
        return false;
    digits = strspn(rest, "0123456789");
    return digits > 0 && digits <= 3 && rest[digits] == '.' && is_digit(rest[digits + 1]);
}

char *
resolve_move(const char *text, uint32_t net)
{
    char *moved = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&moved, &len);

    if (!out)
        log_fatal("resolve: out of memory");
    for (const char *at = text; *at; at++) {
        if (net != RESOLVE_NO_NET && begins_here(text, at)) {
            (void)fprintf(out, "127.%u", net);
            at += strlen("127.0") - 1;
        } else {
            (void)fputc(*at, out);
        }
    }
    if (fclose(out) != 0)
        log_fatal("resolve: out of memory");
    return moved;
}

/* All texts in a value, also those within. */
static json_t *
moved_json(const json_t *value, uint32_t net)
{
    const char *key;
    json_t *one, *all;
    char *text;
    size_t i;

    if (json_is_string(value)) {
        text = resolve_move(json_string_value(value), net);
        all = json_string(text);
        free(text);
    } else if (json_is_object(value)) {
        all = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, key, one)
            json_object_set_new(all, key, moved_json(one, net));
    } else if (json_is_array(value)) {
        all = json_array();
        json_array_foreach(value, i, one) json_array_append_new(all, moved_json(one, net));
    } else {
        all = json_deep_copy(value);
    }
    return all;
}

/* ---- files ------------------------------------------------------------------------------- */

static int
write_file(const struct lab *lab, const char *name, const char *text)
{
    if (book_put(lab->rundir, name, text, strlen(text)) == 0)
        return LAB_OK;
    (void)fprintf(stderr, "vpclab: %s/%s: cannot write: %s\n", lab->rundir, name, strerror(errno));
    return LAB_FAILURE;
}

static int
copy_config(const struct lab *lab, const struct topo_instance *instance, uint32_t net,
            const char *name)
{
    char err[1024], *text = NULL, *whole, *moved;
    size_t len = 0;
    int status;

    if (conf_file_read(instance->config, instance->config, &text, &len, err, sizeof err) != 0) {
        (void)fprintf(stderr, "vpclab: %s\n", err);
        return LAB_FAILURE;
    }
    whole = strndup(text, len); /* configurations have no octet 0: they were read before */
    if (!whole)
        log_fatal("resolve: out of memory");
    moved = resolve_move(whole, net);
    status = write_file(lab, name, moved);
    free(moved);
    free(whole);
    free(text);
    return status;
}

static int
copy_instance(const struct lab *lab, const struct topo_instance *instance, uint32_t net,
              json_t *json)
{
    char name[TOPO_NAME + 8], path[NODE_PATH + 64];
    int status;

    (void)snprintf(name, sizeof name, "%s.cfg", instance->name);
    (void)snprintf(path, sizeof path, "%s/%s", lab->rundir, name);
    status = copy_config(lab, instance, net, name);
    json_object_set_new(json, "config", json_string(path));
    if (instance->flash[0])
        json_object_set_new(json, "flash", json_string(instance->flash));
    return status;
}

static int
copy_topology(const struct lab *lab, json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2));
    int status;

    if (!text)
        log_fatal("resolve: out of memory");
    status = write_file(lab, COPY, text);
    free(text);
    return status;
}

int
resolve_write(struct lab *lab, const struct resolve *wish)
{
    char path[NODE_PATH + 32], err[4096];
    json_t *read = json_load_file(lab->topo.file, 0, NULL), *json, *instances;
    int status = LAB_OK;

    if (!read) { /* it was read just now */
        (void)fprintf(stderr, "vpclab: %s has changed meanwhile; say it again\n", lab->topo.file);
        return LAB_FAILURE;
    }
    json = moved_json(read, wish->net);
    json_decref(read);
    json_object_set_new(json, "name", json_string(lab->name));
    instances = json_object_get(json, "instances");
    for (size_t i = 0; status == LAB_OK && i < lab->topo.instance_n; i++)
        status = copy_instance(lab, &lab->topo.instances[i], wish->net,
                               json_object_get(instances, lab->topo.instances[i].name));
    (void)snprintf(path, sizeof path, "%s/" COPY, lab->rundir);
    if (status == LAB_OK)
        status = copy_topology(lab, json);
    json_decref(json);
    if (status == LAB_OK && topo_load(&lab->topo, path, err, sizeof err) != 0) {
        (void)fprintf(stderr, "%s\n", err);
        status = LAB_FAILURE;
    }
    return status;
}

void
resolve_discard(const struct lab *lab)
{
    char path[NODE_PATH + 64];

    (void)snprintf(path, sizeof path, "%s/" COPY, lab->rundir);
    (void)unlink(path); /* there or not */
    for (size_t i = 0; i < lab->topo.instance_n; i++) {
        (void)snprintf(path, sizeof path, "%s/%s.cfg", lab->rundir, lab->topo.instances[i].name);
        (void)unlink(path); /* likewise */
    }
}

/* ---- what it was made of ----------------------------------------------------------------- */

static void
net_text(uint32_t net, char out[16])
{
    (void)snprintf(out, 16, "-");
    if (net != RESOLVE_NO_NET)
        (void)snprintf(out, 16, "%u", net);
}

/* The lines of the file `topology`; those that are not there are "". */
static bool
read_lines(const struct lab *lab, char lines[LINES][TOPO_PATH])
{
    char path[NODE_PATH + 16];
    int fd;
    FILE *f;

    memset(lines, 0, (size_t)LINES * TOPO_PATH);
    lab_topology_path(lab, path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    f = fd < 0 ? NULL : fdopen(fd, "r");
    if (!f)
        return false;
    for (size_t i = 0; i < LINES && fgets(lines[i], TOPO_PATH, f); i++)
        lines[i][strcspn(lines[i], "\n")] = '\0';
    (void)fclose(f); /* only read */
    return lines[0][0] == '/';
}

bool
resolve_same(const struct lab *lab, const struct resolve *wish, char out[TOPO_PATH])
{
    char lines[LINES][TOPO_PATH], net[16];

    if (!read_lines(lab, lines))
        return false;
    memcpy(out, lines[0], TOPO_PATH);
    net_text(wish->net, net);
    /* the copy itself may be named, too */
    return (!resolve_asked(wish) && strcmp(wish->file, lines[0]) == 0) ||
           (resolve_asked(wish) && strcmp(wish->file, lines[1]) == 0 && strcmp(net, lines[2]) == 0);
}

int
resolve_remember(const struct lab *lab, const struct resolve *wish)
{
    char path[NODE_PATH + 16], text[2 * TOPO_PATH + 32], net[16];

    lab_topology_path(lab, path);
    net_text(wish->net, net);
    if (resolve_asked(wish))
        (void)snprintf(text, sizeof text, "%s\n%s\n%s\n", lab->topo.file, wish->file, net);
    else
        (void)snprintf(text, sizeof text, "%s\n", lab->topo.file);
    return write_file(lab, path + strlen(lab->rundir) + 1, text);
}

void
resolve_again(const struct lab *lab, char file[TOPO_PATH], char *words, size_t room)
{
    char lines[LINES][TOPO_PATH];
    bool known = read_lines(lab, lines), copied = lines[1][0];
    bool moved = copied && strcmp(lines[2], "-") != 0;

    memcpy(file, lines[copied ? 1 : 0], TOPO_PATH);
    (void)snprintf(words, room, "vpclab up %s%s%s%s%s", known ? file : "FILE",
                   copied ? " --name " : "", copied ? lab->name : "", moved ? " --net " : "",
                   moved ? lines[2] : "");
}

void
resolve_source(const struct lab *lab, char *out, size_t room)
{
    char lines[LINES][TOPO_PATH];

    if (!read_lines(lab, lines))
        (void)snprintf(out, room, "no topology");
    else if (!lines[1][0])
        (void)snprintf(out, room, "%s", lines[0]);
    else if (strcmp(lines[2], "-") == 0)
        (void)snprintf(out, room, "%s under another name", lines[1]);
    else
        (void)snprintf(out, room, "%s with --net %s", lines[1], lines[2]);
}
