/* release.h - the release this program is, as its own image says it
 *
 * Ownership  static texts
 * Time       none
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_RELEASE_H
#define VPCLAB_RELEASE_H

/* StarOS 21.28 is what the emulated behaviour is taken from: docs/staros.md. */
#define VPCLAB_RELEASE  "21.28.0"
#define VPCLAB_PLATFORM "VPC-DI"
#define VPCLAB_IMAGE    "vpclab-di-" VPCLAB_RELEASE ".bin"

#endif
