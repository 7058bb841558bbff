#include "lab/json_out.h"

#include <stdio.h>

#include "lab/lab.h"

int
json_out(json_t *json)
{
    int rc = json ? json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : -1;

    (void)printf("\n");
    json_decref(json);
    return rc == 0 && fflush(stdout) == 0 ? LAB_OK : LAB_FAILURE;
}
