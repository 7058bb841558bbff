#include "lab/manual.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const char head[] =
    ".\\\" Made by: vpclab help --man\n"
    ".TH VPCLAB 1 \"\" \"vpclab\" \"User Commands\"\n"
    ".SH NAME\n"
    "vpclab \\- two StarOS-style gateway instances on one computer\n"
    ".SH SYNOPSIS\n"
    ".B vpclab\n"
    ".I COMMAND\n"
    ".RI [ ARGUMENTS ]\n"
    ".br\n"
    ".B vpclab help\n"
    ".RI [ COMMAND ]\n"
    ".br\n"
    ".B vpclab \\-\\-version\n"
    ".SH DESCRIPTION\n"
    "Starts, asks, disturbs and ends labs: two gateway chassis that protect each other, as Linux\n"
    "processes on one computer. NAME is that of the lab in its topology; it is needed when "
    "several\n"
    "are up.\n"
    ".SH COMMANDS\n";

static const char tail[] =
    ".SH EXIT STATUS\n"
    "0 done, 1 failure, 2 not understood.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n"
    ".B VPCLAB_RUN\n"
    "Directory of the run directories of all labs, instead of $XDG_RUNTIME_DIR/vpclab or\n"
    "/tmp/vpclab\\-UID.\n"
    ".TP\n"
    ".B XDG_STATE_HOME\n"
    "Where the lines typed in a console are remembered; ~/.local/state if it is not set.\n"
    ".SH FILES\n"
    ".TP\n"
    ".I $VPCLAB_RUN/NAME\n"
    "Sockets, logs (*.log) and events (*.jsonl) of a lab.\n"
    ".TP\n"
    ".I ~/.local/state/vpclab/history\n"
    "The lines typed in consoles, without those that may hold a secret.\n";

/* Text as roff prints it: nothing in it is a request or an escape. */
static void
print_text(FILE *out, const char *text)
{
    bool begins = true;

    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\''))
            (void)fputs("\\&", out);
        begins = *text == '\n';
        if (*text == '\\')
            (void)fputs("\\e", out);
        else if (*text == '-')
            (void)fputs("\\-", out);
        else if (*text == '\'')
            (void)fputs("\\(aq", out);
        else if (*text == '^' || *text == '~')
            (void)fputs(*text == '^' ? "\\(ha" : "\\(ti", out);
        else
            (void)fputc(*text, out);
    }
}

static void
print_command(FILE *out, const struct command *command)
{
    const char purpose[] = {(char)toupper((unsigned char)command->purpose[0]), '\0'};

    (void)fputs(".SS ", out);
    (void)fprintf(out, "%s\n.B vpclab %s\n", command->name, command->name);
    print_text(out, command->args);
    (void)fputs("\n.PP\n", out);
    print_text(out, purpose);
    print_text(out, command->purpose + 1);
    (void)fputs(".\n.PP\n.nf\n", out);
    print_text(out, command->help);
    (void)fputs(".fi\n", out);
}

void
manual_print(FILE *out, const struct command *commands, size_t n)
{
    (void)fputs(head, out);
    for (size_t i = 0; i < n; i++)
        print_command(out, &commands[i]);
    (void)fputs(tail, out);
}
