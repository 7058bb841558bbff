#include "lab/opts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/near.h"

enum { OPTS_MOST = 32 };

static const char *
dashes(const struct opt *opt)
{
    return opt->name[1] ? "--" : "-";
}

static bool
complain_range(const char *command, const struct opt *opt, const char *text)
{
    (void)fprintf(stderr, "vpclab %s: %s%s %s: expected a number from %u to %u\n", command,
                  dashes(opt), opt->name, text, opt->least, opt->most);
    return false;
}

static bool
set_number(const char *command, const struct opt *opt, const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end || value < opt->least || value > opt->most)
        return complain_range(command, opt, text);
    *(uint32_t *)opt->value = (uint32_t)value;
    return true;
}

static bool
set_seconds(const char *command, const struct opt *opt, const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (text[strspn(text, "0123456789.")] || *end || end == text || value < opt->least ||
        value > opt->most)
        return complain_range(command, opt, text);
    *(int64_t *)opt->value = (int64_t)(value * 1000 + 0.5);
    return true;
}

static bool
set_addr(const char *command, const struct opt *opt, const char *text)
{
    struct in_addr addr;

    if (inet_pton(AF_INET, text, &addr) != 1) {
        (void)fprintf(stderr, "vpclab %s: %s%s %s: expected an IPv4 address such as 127.0.2.1\n",
                      command, dashes(opt), opt->name, text);
        return false;
    }
    *(uint32_t *)opt->value = ntohl(addr.s_addr);
    return true;
}

static bool
set(const char *command, const struct opt *opt, const char *text)
{
    switch (opt->kind) {
    case OPT_NUMBER:
        return set_number(command, opt, text);
    case OPT_SECONDS:
        return set_seconds(command, opt, text);
    case OPT_ADDR:
        return set_addr(command, opt, text);
    case OPT_TEXT:
        *(const char **)opt->value = text;
        return true;
    default:
        *(bool *)opt->value = true;
        return true;
    }
}

static const struct opt *
find(const struct opt *opts, size_t n, const char *name, size_t len, bool is_long)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(opts[i].name) == len && memcmp(opts[i].name, name, len) == 0 &&
            (len > 1) == is_long)
            return &opts[i];
    }
    return NULL;
}

static bool
complain_unknown(const char *command, const struct opt *opts, size_t n, const char *word)
{
    const char *names[OPTS_MOST];
    const char *near;

    for (size_t i = 0; i < n; i++)
        names[i] = opts[i].name;
    near = near_word(word + strspn(word, "-"), names, n);
    (void)fprintf(stderr, "vpclab %s: no option %s", command, word);
    if (near)
        (void)fprintf(stderr, "; did you mean %s%s?\n", near[1] ? "--" : "-", near);
    else
        (void)fprintf(stderr, "; see vpclab help %s\n", command);
    return false;
}

/* One option at argv[*i]; *i moves to its last word. */
static bool
take(const char *command, const struct opt *opts, size_t n, int argc, char **argv, int *i,
     bool seen[OPTS_MOST])
{
    const char *word = argv[*i], *value = NULL;
    bool is_long = word[1] == '-';
    const char *name = word + (is_long ? 2 : 1), *equals = is_long ? strchr(name, '=') : NULL;
    const struct opt *opt =
        find(opts, n, name, equals ? (size_t)(equals - name) : strlen(name), is_long);

    if (!opt)
        return complain_unknown(command, opts, n, word);
    if (seen[opt - opts]) {
        (void)fprintf(stderr, "vpclab %s: %s%s is given twice\n", command, dashes(opt), opt->name);
        return false;
    }
    seen[opt - opts] = true;
    if (opt->kind == OPT_FLAG) {
        if (equals) {
            (void)fprintf(stderr, "vpclab %s: --%s takes no value\n", command, opt->name);
            return false;
        }
        return set(command, opt, NULL);
    }
    if (equals)
        value = equals + 1;
    else if (*i + 1 < argc)
        value = argv[++*i];
    if (!value) {
        (void)fprintf(stderr, "vpclab %s: %s needs a value; see vpclab help %s\n", command, word,
                      command);
        return false;
    }
    return set(command, opt, value);
}

bool
opts_parse(const char *command, const struct opt *opts, size_t n, int *argc, char **argv)
{
    bool seen[OPTS_MOST] = {false};
    int kept = 0, i = 0;

    for (; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        if (argv[i][0] != '-' || !argv[i][1])
            argv[kept++] = argv[i];
        else if (!take(command, opts, n, *argc, argv, &i, seen))
            return false;
    }
    while (i < *argc)
        argv[kept++] = argv[i++];
    *argc = kept;
    return true;
}
