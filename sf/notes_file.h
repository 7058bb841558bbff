/* notes_file.h - a session manager's notes in a file of the run directory
 *
 * The kernel keeps what was written when the process is killed. The file of the start before is
 * kept beside it, so that a card that was started again does not wipe out what became of the calls
 * of its predecessor.
 *
 * Ownership  notes_file_close unmaps, and leaves the file to `vpclab down`
 * Time       none
 * Errors     notes_file_open logs and returns NULL: the session manager works without
 * Threads    any
 */
#ifndef VPCLAB_NOTES_FILE_H
#define VPCLAB_NOTES_FILE_H

#include <stddef.h>

#include "sf/notes.h"

enum { NOTES_PATH = 320 };

/* DIR/sessmgrN.notes; of the start before: DIR/sessmgrN.notes.1 */
void notes_path(const char *dir, uint8_t sessmgr, bool before, char out[NOTES_PATH]);

/* Room for notes of that capacity, zeroed, in a new file. */
void *notes_file_open(const char *dir, uint8_t sessmgr, uint32_t capacity);
void notes_file_close(void **mapped, uint32_t capacity);

/* Look at a file; NULL when there is none, or it is none of notes. */
const struct notes *notes_file_view(const char *path, size_t *len);
void notes_file_unview(const struct notes **notes, size_t len);

#endif
