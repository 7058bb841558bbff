/* json_out.h - what a command prints for scripts
 *
 * Ownership  takes the reference
 * Time       none
 * Errors     an exit status: LAB_FAILURE for NULL, which jansson makes of want of memory, and for a
 *            stdout that takes no more
 * Threads    main
 */
#ifndef VPCLAB_JSON_OUT_H
#define VPCLAB_JSON_OUT_H

#include <jansson.h>

int json_out(json_t *json);

#endif
