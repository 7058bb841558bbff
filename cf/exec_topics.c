#include "cf/exec.h"

/* What ? says of words that several Exec commands share. */

static const struct cli_row rows[] = {
    {CLI_TOPIC, "no", "Undo a setting", .run = NULL},
    {CLI_TOPIC, "-noconfirm", "Ask no question", .run = NULL},
    {CLI_TOPIC, "show", "What there is, and how it does", .run = NULL},
    {CLI_TOPIC, "show configuration", "The running configuration, or a part of it", .run = NULL},
    {CLI_TOPIC, "show ip", "BGP neighbors, address pools", .run = NULL},
    {CLI_TOPIC, "show subscribers", "Sessions, in figures or one by one", .run = NULL},
    {CLI_TOPIC, "show session", "Calls, by what became of them", .run = NULL},
    {CLI_TOPIC, "show snmp", "Notifications", .run = NULL},
    {CLI_TOPIC, "show srp", "The ICSR pair: states, figures, checkpoints", .run = NULL},
    {CLI_TOPIC, "show srp checkpoint", "Session redundancy data", .run = NULL},
    {CLI_TOPIC, "show srp checkpoint statistics", "Session redundancy data", .run = NULL},
    {CLI_TOPIC, "checkpoint statistics active", "As the Active chassis counts it", .run = NULL},
    {CLI_TOPIC, "checkpoint statistics standby", "As the Standby chassis counts it", .run = NULL},
    {CLI_TOPIC, "clear", "Count anew, or forget what was noted", .run = NULL},
    {CLI_TOPIC, "clear srp", "Figures of the ICSR pair", .run = NULL},
    {CLI_TOPIC, "srp", "Act on the ICSR pair: switchover, audit, NACKs", .run = NULL},
    {CLI_TOPIC, "card", "Reboot, halt or migrate a card", .run = NULL},
    {CLI_TOPIC, "configure", "Change the configuration, or replay a file of it", .run = NULL},
};

const struct cli_table exec_topics_table = {rows, sizeof rows / sizeof rows[0], NULL, 0, NULL};
