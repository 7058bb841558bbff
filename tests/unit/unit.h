/* unit.h - what every check program needs besides its cases: a main that speaks TAP
 *
 * Ownership  the runner owns suite and cases
 * Time       none
 * Errors     exit status 1 when a case failed
 * Threads    main
 */
#ifndef VPCLAB_UNIT_H
#define VPCLAB_UNIT_H

#include <check.h>
#include <stdlib.h>

/* Run one suite, printing TAP on stdout. */
static inline int
unit_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);

    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
