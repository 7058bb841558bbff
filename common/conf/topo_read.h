/* topo_read.h - typed values out of a topology's JSON, each refusal with its place in the file
 *
 * Inside of common/conf. The first complaint is kept and ends the reading: every function
 * returns false once one has failed.
 *
 * Ownership  JSON values are borrowed
 * Time       none
 * Errors     false, and "FILE: PATH: what was expected" in the reader's err
 * Threads    one owner
 */
#ifndef VPCLAB_TOPO_READ_H
#define VPCLAB_TOPO_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf/topo.h"

enum { TOPO_READ_PATH = 128 };

struct topo_reader {
    const char *file;
    char *err;
    size_t room;
    bool failed;
};

/* "pair.json: instances.east: what is wrong"; false. */
bool topo_refuse(struct topo_reader *reader, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* `path` may be a key of a stranger's: shown only as far as it is fit for a terminal. */
struct topo_path {
    char text[TOPO_READ_PATH];
} topo_path_to(const char *path, const char *key);

/* Is it an object, with none but known keys (ended by NULL)? */
bool topo_check_object(struct topo_reader *reader, const char *path, json_t *json,
                       const char *const *known);

/* A string of less than `room` characters; *out is unchanged when it is absent, which is
 * refused if it is `required`. */
bool topo_get_string(struct topo_reader *reader, const char *path, json_t *object, const char *key,
                     bool required, char *out, size_t room);

bool topo_get_number(struct topo_reader *reader, const char *path, json_t *object, const char *key,
                     bool required, uint32_t low, uint32_t high, uint32_t *out);

bool topo_get_bool(struct topo_reader *reader, const char *path, json_t *object, const char *key,
                   bool *out);

/* Names of labs, instances and hosts: fit for files and terminals. */
bool topo_check_name(struct topo_reader *reader, const char *path, const char *name);
bool topo_get_name(struct topo_reader *reader, const char *path, json_t *object, const char *key,
                   bool required, char out[TOPO_NAME]);

/* "restart" and "boot-delay" into *restart, which keeps what is not given; topo_restart.c. */
bool topo_get_restart(struct topo_reader *reader, const char *path, json_t *object,
                      struct topo_restart *restart);

/* The array "aaa" into *topo; topo_aaa.c. */
bool topo_read_aaa(struct topo_reader *reader, json_t *json, struct topo *topo);

#endif
