/* replay.c - runs a fuzz target without libFuzzer: the corpus, then seeded mutations
 *
 * usage: fuzz_NAME CORPUS_DIR
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"

enum { FILES = 512, MOST = 70000, MUTATIONS = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    uint8_t *data;
    size_t len;
};

static size_t
load(const char *dir, struct input *inputs)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    for (struct dirent *e; d && n < FILES && (e = readdir(d));) {
        char path[4096];
        FILE *f;

        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (!(f = fopen(path, "rb")))
            continue;
        inputs[n].data = malloc(MOST);
        if (!inputs[n].data)
            abort();
        inputs[n].len = fread(inputs[n].data, 1, MOST, f);
        n++;
        (void)fclose(f);
    }
    if (d)
        (void)closedir(d);
    return n;
}

/* One to four small changes, or a cut; a fresh heap copy each time so that ASan sees the end. */
static void
mutate_and_run(struct rng *rng, const struct input *in)
{
    size_t len = rng_chance(rng, 300) ? (size_t)rng_below(rng, in->len + 1) : in->len;
    uint8_t *copy = malloc(len ? len : 1);

    if (!copy)
        abort();
    memcpy(copy, in->data, len);
    for (uint64_t i = rng_below(rng, 5); len && i > 0; i--) {
        uint8_t *at = &copy[rng_below(rng, len)];

        *at = (uint8_t)(rng_chance(rng, 500) ? rng_next(rng)
                                             : *at ^ UINT64_C(1) << rng_below(rng, 8));
    }
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

int
main(int argc, char **argv)
{
    static struct input inputs[FILES];
    struct rng rng = {.state = 1};
    size_t n = argc > 1 ? load(argv[1], inputs) : 0;

    if (n == 0) {
        (void)fprintf(stderr, "usage: %s CORPUS_DIR (holding at least one file)\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < n; i++)
        (void)LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].len);
    for (size_t i = 0; i < MUTATIONS; i++)
        mutate_and_run(&rng, &inputs[rng_below(&rng, n)]);
    (void)printf("%zu corpus files, %d mutations\n", n, MUTATIONS);
    for (size_t i = 0; i < n; i++)
        free(inputs[i].data);
    return 0;
}
