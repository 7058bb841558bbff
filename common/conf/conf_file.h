/* conf_file.h - reading a small file whole
 *
 * Ownership  the caller frees *text
 * Time       none
 * Errors     DI_ESYSTEM, DI_EREFUSED (not a regular file, too large) and a sentence in err
 * Threads    any
 */
#ifndef VPCLAB_CONF_FILE_H
#define VPCLAB_CONF_FILE_H

#include <stddef.h>

enum { CONF_FILE_MOST = 1 << 20 };

/* `name` is what the sentence calls the file. */
int conf_file_read(const char *path, const char *name, char **text, size_t *len, char *err,
                   size_t room);

#endif
