#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lab/cli/cli_script.h"
#include "lab/lab.h"
#include "lab/opts.h"

struct asked {
    bool json, keep_going;
    const char *lab, *file;
};

/* All lines of the feed, of which the only one is not named when it fails. */
static int
run(const struct lab *lab, int instance, const struct asked *asked, struct cli_feed *feed,
    const char *place, bool several)
{
    struct cli_link link;
    int status;

    cli_link_open(&link, lab, instance, 0, "");
    status = cli_script_run(&(struct cli_script){
        .link = &link,
        .feed = feed,
        .place = several ? place : NULL,
        .json = asked->json,
        .array = asked->json && several,
        .keep_going = asked->keep_going,
    });
    cli_link_close(&link);
    return status;
}

static int
run_file(const struct lab *lab, int instance, const struct asked *asked)
{
    static struct cli_feed feed;
    bool is_stdin = strcmp(asked->file, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(asked->file, "re");
    char place[TOPO_PATH];
    int status;

    if (!file) {
        (void)fprintf(stderr, "vpclab exec: cannot read %s: %s\n", asked->file, strerror(errno));
        return LAB_USAGE;
    }
    feed = cli_feed_file(file);
    (void)snprintf(place, sizeof place, "%s:", is_stdin ? "stdin" : asked->file);
    status = run(lab, instance, asked, &feed, place, true);
    if (!is_stdin)
        (void)fclose(file); /* only read */
    return status;
}

static int
run_text(const struct lab *lab, int instance, const struct asked *asked, const char *text)
{
    static struct cli_feed feed;
    const char *end = strchr(text, '\n');

    feed = cli_feed_text(text);
    return run(lab, instance, asked, &feed, "line ", end && end[strspn(end, "\n")]);
}

/* The words of a command are one word of the shell. */
static int
say_quotes(int argc, char **argv)
{
    (void)fprintf(stderr,
                  "vpclab exec: the command is one word: put it in quotes: vpclab exec %s '",
                  argv[0]);
    for (int i = 1; i < argc; i++)
        (void)fprintf(stderr, "%s%s", i > 1 ? " " : "", argv[i]);
    (void)fprintf(stderr, "'\n");
    return LAB_USAGE;
}

int
cmd_exec(int argc, char **argv)
{
    static struct lab lab;
    struct asked asked = {0};
    const struct opt opts[] = {
        {"json", OPT_FLAG, &asked.json, 0, 0},
        {"f", OPT_TEXT, &asked.file, 0, 0},
        {"keep-going", OPT_FLAG, &asked.keep_going, 0, 0},
        {"n", OPT_TEXT, &asked.lab, 0, 0},
    };
    int status, instance;

    if (!opts_parse("exec", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc > 2 && !asked.file)
        return say_quotes(argc, argv);
    if (argc != (asked.file ? 1 : 2) || (!asked.file && !argv[1][0])) {
        (void)fprintf(stderr,
                      "usage: vpclab exec INSTANCE { 'COMMAND' | -f FILE } [--keep-going] [--json] "
                      "[-n NAME], such as: vpclab exec east 'show srp info'\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, asked.lab);
    if (status != LAB_OK)
        return status;
    instance = cli_link_instance(&lab, argv[0]);
    if (instance < -1)
        return LAB_USAGE;
    return asked.file ? run_file(&lab, instance, &asked)
                      : run_text(&lab, instance, &asked, argv[1]);
}

int
cmd_routes(int argc, char **argv)
{
    static struct lab lab;
    static struct cli_feed feed;
    struct asked asked = {0};
    const struct opt opts[] = {
        {"json", OPT_FLAG, &asked.json, 0, 0},
        {"n", OPT_TEXT, &asked.lab, 0, 0},
    };
    int status;

    if (!opts_parse("routes", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 0) {
        (void)fprintf(stderr, "usage: vpclab routes [--json] [-n NAME]\n");
        return LAB_USAGE;
    }
    status = lab_open(&lab, asked.lab);
    if (status != LAB_OK)
        return status;
    feed = cli_feed_text("show routes");
    return run(&lab, -1, &asked, &feed, NULL, false);
}
