#include "common/conf/conf_build.h"

/* What ? says of words that several configuration commands share. */

static const struct cli_row rows[] = {
    {CLI_TOPIC, "no", "Remove a setting", .run = NULL},
    {CLI_TOPIC, "default", "Back to the default", .run = NULL},
    {CLI_TOPIC, "-noconfirm", "Ask no question", .run = NULL},
    {CLI_TOPIC, "audit", "Audits of both chassis' calls", .run = NULL},
    {CLI_TOPIC, "checkpoint", "Checkpoints to the peer", .run = NULL},
    {CLI_TOPIC, "checkpoint session", "Checkpoints of calls", .run = NULL},
    {CLI_TOPIC, "guard-timer", "Failures that count for nothing after a switchover", .run = NULL},
    {CLI_TOPIC, "guard-timer srp-redundancy-timers", "After a failure of this chassis",
     .run = NULL},
    {CLI_TOPIC, "interface", "Interface of this context", .run = NULL},
    {CLI_TOPIC, "ip", "Addresses", .run = NULL},
    {CLI_TOPIC, "ip address", "IPv4 address", .run = NULL},
    {CLI_TOPIC, "ip-address", "IPv4 address", .run = NULL},
    {CLI_TOPIC, "ipv6", "IPv6 addresses", .run = NULL},
    {CLI_TOPIC, "ipv6 address", "IPv6 address, kept: nothing answers there", .run = NULL},
    {CLI_TOPIC, "monitor", "What is watched, and brings a switchover", .run = NULL},
    {CLI_TOPIC, "monitor bgp", "Watch BGP peers, and how their failures count", .run = NULL},
    {CLI_TOPIC, "origin", "Name of this chassis in Diameter", .run = NULL},
    {CLI_TOPIC, "radius", "RADIUS servers, and how they are asked", .run = NULL},
    {CLI_TOPIC, "require", "What this chassis is to have", .run = NULL},
    {CLI_TOPIC, "switchover", "What happens during a switchover", .run = NULL},
};

const struct cli_table conf_topics_table = {
    rows, sizeof rows / sizeof *rows, NULL, 0, NULL,
};
