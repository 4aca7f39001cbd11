/* torpor/origin.h: what of a model its user sets, so that a resume can tell whether the script has
 * built the same model again.
 *
 * SPDX-License-Identifier: MIT
 *
 * Before the first step Torpor digests the model as it was built, and each checkpoint keeps these
 * digests: the origin of the run. A resume digests the model that was just built and compares. What
 * users set and what differs is refused (option `origin`); other state is one line of the report.
 *
 *                           set by users       evolves      compared when
 *   field, no flag          no                 yes          run 0 begins (reported only)
 *   ..._FIELD_HIDDEN alone                                  never
 *   ..._FIELD_GIVEN         its first value    yes          run 0 begins
 *   ..._FIELD_PARAMETER     yes                no           each run begins
 *   ..._FIELD_CONSTANT      yes                no           each run begins
 *   tree, generator, codec  its first value    yes          run 0 begins
 *     with ..._PARAMETER    yes                no           each run begins
 *     with ..._STATE        no                 yes          run 0 begins (reported only)
 *     with ..._NONE                                         never
 *
 * Run 0 is the beginning. A host whose users run, change the model and run again calls `begin_run`
 * of hooks.h. */
#ifndef TORPOR_ORIGIN_H
#define TORPOR_ORIGIN_H

#include <stdint.h>

/* Flags of a torpor_tree, torpor_generator or torpor_codec; at most one of them. */
#define TORPOR_ORIGIN_PARAMETER 2u /* it does not evolve by itself, as defaults of models */
#define TORPOR_ORIGIN_STATE 4u     /* users do not set it */
#define TORPOR_ORIGIN_NONE 8u      /* it is never the same twice, as a time of day */

#endif /* TORPOR_ORIGIN_H */
