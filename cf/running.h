/* running.h - the running configuration: edited line by line, applied as a whole
 *
 * A line changes an edited copy, or nothing if it fails. A moment after the last one (but not long
 * after the first) what differs is carried out: links, monitors, targets of notifications, timers,
 * the checksum that the peer compares; and the text of it all is told to every card and to the
 * other CF, which goes on with it should this one end. A configuration pasted in a thousand
 * lines is so applied a few times, not a thousand.
 *
 * Ownership  running_close frees; cf is borrowed until then
 * Time       real: a person waits
 * Errors     none; what does not work though it is accepted is told by conf_warnings
 * Threads    the loop's
 */
#ifndef VPCLAB_RUNNING_H
#define VPCLAB_RUNNING_H

#include "common/conf/conf_build.h"
#include "common/msg/body.h"

struct cf;
struct running;

/* cf->conf was loaded; its text is made. */
struct running *running_open(struct cf *cf);
void running_close(struct running **running);

/* As edited: what `show configuration` shows. */
const struct conf *running_conf(const struct running *running);

/* A copy to run lines on, which is nobody's business until running_take(). */
struct conf_build *running_edit(struct running *running);

/* The copy is the edited configuration from now on, its objects in order (conf_settle): where a mode is
 * in it has to be known by name before. */
void running_take(struct running *running);

/* Carry out now what was edited. */
void running_apply(struct running *running);

/* cf->conf.boot was read anew. */
void running_boot(struct running *running);

/* The active CF's, to one that stands by. */
void running_heard(struct running *running, const struct config_body *config);

#endif
