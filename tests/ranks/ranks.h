/* The tests of ranks-threads: each adds those of one file. */
#ifndef TORPOR_TEST_RANKS_H
#define TORPOR_TEST_RANKS_H

void add_restart_tests(void);
void add_origin_tests(void);
void add_codec_tests(void);
void add_decision_tests(void);
void add_failures_tests(void);
void add_damage_tests(void);
void add_writers_tests(void);
void add_folder_tests(void);
void add_incremental_tests(void);

#endif
