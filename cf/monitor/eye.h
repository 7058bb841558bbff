/* eye.h - one server and the socket it is looked at through (inside of eyes.c)
 *
 * eye_radius.c and eye_diameter.c say how to ask and what an answer is; eyes.c owns when.
 * They tell it through eyes_event(), as the last thing they do with an eye: it may close the
 * eye's socket.
 *
 * Ownership  eyes.c owns the eyes
 * Time       none
 * Errors     eye->fd stays or becomes -1
 * Threads    the loop's
 */
#ifndef VPCLAB_EYE_H
#define VPCLAB_EYE_H

#include "cf/monitor/diameter.h"
#include "cf/monitor/eyes.h"
#include "cf/monitor/probe.h"
#include "cf/monitor/radius.h"

struct eye;

/* One message came from the server. */
typedef void eye_heard_fn(struct eye *eye, const uint8_t *bytes, size_t len);

/* The ends of link aaa, one each way; NULL: no fault can be laid on this lab. */
struct eye_faults {
    struct fault_end *out, *in;
    struct eye *eyes;
    const size_t *n;
};

struct eye {
    struct eyes *eyes;
    struct eye_faults *faults;
    eye_heard_fn *heard;
    uint16_t index;
    uint8_t target;
    struct probe probe;
    struct eyes_counters counters;
    uint32_t addr;
    uint16_t port;
    int fd; /* -1: closed */
    zmq_pollitem_t item;
    char text[32]; /* "192.0.2.1:1812" */

    /* RADIUS */
    bool status_server;
    char secret[CONF_NAME];
    struct radius_request request; /* the last one, in each of its tries */

    /* Diameter */
    struct conf_diameter_peer peer;
    char host[CONF_NAME], realm[CONF_NAME];
    uint32_t bind;                /* 0: any address */
    bool complained;              /* the address cannot be bound, and that was said */
    bool greeted;                 /* capabilities were exchanged on this connection */
    uint32_t command, hop_by_hop; /* of the last request */
    struct diameter_stream stream;
};

/* ---- eyes.c ---- */

void eyes_event(struct eye *eye, enum probe_event event);

/* Make a non-blocking socket of that type, connected to the eye's server or on its way, and
 * let the loop call `fn` for `events`. False: not to be had. */
bool eye_open(struct eye *eye, int type, short events, zloop_fn *fn);
void eye_watch(struct eye *eye, short events, zloop_fn *fn);
void eye_close(struct eye *eye);

/* Our address on that socket, host order; 0 if there is none. */
uint32_t eye_own_addr(const struct eye *eye);

void eye_random(void *out, size_t len);

/* ---- eye_fault.c ---- */

void eye_faults_open(struct eye_faults *faults, const struct node *node, zloop_t *loop);
void eye_faults_close(struct eye_faults *faults);

/* Send one message; false: there was no room, or no way. */
bool eye_put(struct eye *eye, const uint8_t *bytes, size_t len);

/* One message came: handed on to eye->heard, now unless a fault keeps it. */
void eye_hear(struct eye *eye, const uint8_t *bytes, size_t len);

/* The socket was closed: what is on its way is lost. */
void eye_forget(struct eye *eye);

/* ---- eye_radius.c ---- */

eye_heard_fn eye_radius_heard;

void eye_radius_ask(struct eye *eye, bool again); /* the last request once more */

/* ---- eye_diameter.c ---- */

eye_heard_fn eye_diameter_heard;
void eye_diameter_connect(struct eye *eye);
void eye_diameter_ask(struct eye *eye, enum diameter_command command);
void eye_diameter_leave(struct eye *eye); /* say goodbye and close */

#endif
