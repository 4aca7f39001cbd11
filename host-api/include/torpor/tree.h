/* torpor/tree.h: nested maps of values, beside the populations: the state of a kernel or a solver.
 *
 * SPDX-License-Identifier: MIT
 *
 * A host writes such a map with a torpor_tree_writer and reads it with a torpor_tree_reader. Both
 * are Torpor's, and valid inside the callback that they are given to.
 *
 * Paths are keys joined by '/'; "" is the map itself. Inside a key '~' is written ~0, and '/' ~1.
 * threads: [host-thread]. */
#ifndef TORPOR_TREE_H
#define TORPOR_TREE_H

#include <torpor/array.h>
#include <torpor/error.h>
#include <torpor/origin.h>

/* Keys, texts, bytes and arrays are copied unless noted. Every call returns a status. After the
 * first error the following calls do nothing and return the same status, so that a host may check
 * the last one only. */
struct torpor_tree_writer {
    uint32_t struct_size;
    uint32_t reserved;
    void *data; /* first argument of each slot */
    int32_t (*begin_map)(void *data, const char *key);
    int32_t (*end_map)(void *data);
    int32_t (*put_nil)(void *data, const char *key);
    int32_t (*put_bool)(void *data, const char *key, int32_t value);
    int32_t (*put_int)(void *data, const char *key, int64_t value);
    int32_t (*put_uint)(void *data, const char *key, uint64_t value);
    int32_t (*put_float)(void *data, const char *key, double value);
    int32_t (*put_text)(void *data, const char *key, const char *value);
    int32_t (*put_bytes)(void *data, const char *key, const void *bytes, uint64_t byte_length);
    /* An array, or with a unit a Quantity; rank 0 gives a 0-d array. */
    int32_t (*put_array)(void *data, const char *key, const struct torpor_array *array);
    /* An array whose values are not known yet, for instance because accessors collect them while
     * populations are gathered. array->data is unused; `gather` is called for the packed values
     * afterwards. gather_data stays valid until save_end. (In a migration `gather` is called at
     * once.) */
    int32_t (*put_late)(void *data, const char *key, const struct torpor_array *array,
                        int32_t (*gather)(void *gather_data, void *values,
                                          struct torpor_error *error),
                        void *gather_data);
    /* The value at `path` of a reader, unread and unchanged: for migrations that move a column.
     * reader_data is the reader's `data`. */
    int32_t (*copy)(void *data, const char *key, const void *reader_data, const char *path);
    /* As put_bytes, but they are not copied, and stay as they are until save_end: for what the host
     * keeps anyway. (In a migration they are copied.) */
    int32_t (*lend_bytes)(void *data, const char *key, const void *bytes, uint64_t byte_length);
};

#define TORPOR_KIND_NIL 1u
#define TORPOR_KIND_BOOL 2u
#define TORPOR_KIND_INT 3u
#define TORPOR_KIND_FLOAT 4u
#define TORPOR_KIND_TEXT 5u
#define TORPOR_KIND_BYTES 6u
#define TORPOR_KIND_ARRAY 7u /* with or without a unit */
#define TORPOR_KIND_MAP 8u

/* A value of another kind is TORPOR_STATUS_MISMATCH, a missing path TORPOR_STATUS_NOT_FOUND; both
 * are named in `error`. Texts and bytes are borrowed, and valid as long as the reader. */
struct torpor_tree_reader {
    uint32_t struct_size;
    uint32_t reserved;
    void *data; /* first argument of each slot */
    int32_t (*kind)(void *data, const char *path, uint32_t *out, struct torpor_error *error);
    int32_t (*n_keys)(void *data, const char *path, uint64_t *out, struct torpor_error *error);
    int32_t (*key_at)(void *data, const char *path, uint64_t index, const char **out,
                      struct torpor_error *error);
    int32_t (*get_bool)(void *data, const char *path, int32_t *out, struct torpor_error *error);
    int32_t (*get_int)(void *data, const char *path, int64_t *out, struct torpor_error *error);
    int32_t (*get_uint)(void *data, const char *path, uint64_t *out, struct torpor_error *error);
    int32_t (*get_float)(void *data, const char *path, double *out, struct torpor_error *error);
    int32_t (*get_text)(void *data, const char *path, const char **out, struct torpor_error *error);
    int32_t (*get_bytes)(void *data, const char *path, const void **out, uint64_t *byte_length,
                         struct torpor_error *error);
    /* dtype, rank, shape and unit of an array; out->data is NULL. */
    int32_t (*describe)(void *data, const char *path, struct torpor_array *out,
                        struct torpor_error *error);
    /* Read an array into `into`, whose dtype, rank and shape must be the file's; values are
     * converted if the unit differs. */
    int32_t (*read_array)(void *data, const char *path, const struct torpor_array *into,
                          struct torpor_error *error);
};

/* What a restore does with a difference between file and live model. */
#define TORPOR_MISMATCH_ERROR 0  /* it fails */
#define TORPOR_MISMATCH_WARN 1   /* the live value is kept, and the report says so */
#define TORPOR_MISMATCH_IGNORE 2 /* the same, without a warning in the log */

/* Torpor copies the struct and its path. tree_data stays valid as a population's objects do. */
struct torpor_tree {
    uint32_t struct_size;
    uint32_t flags;   /* TORPOR_ORIGIN_..., TORPOR_TREE_OF_RANK */
    const char *path; /* path below `trees` in the file */
    void *tree_data;  /* first argument of each slot */
    int32_t (*to_state)(void *tree_data, const struct torpor_tree_writer *writer,
                        struct torpor_error *error);
    /* Prepare phase: read, check and keep aside; writes nothing live. `mismatch` is
     * TORPOR_MISMATCH_... */
    int32_t (*from_state)(void *tree_data, const struct torpor_tree_reader *reader,
                          int32_t mismatch, struct torpor_error *error);
    /* Commit phase: what was kept aside becomes live. A failure leaves the live state torn. */
    int32_t (*commit)(void *tree_data, struct torpor_error *error);
    /* (optional) The restore failed after from_state: give back what was kept aside. */
    void (*abort)(void *tree_data);
};
/* As TORPOR_POPULATION_OF_RANK: on another number of ranks than it was saved on, the tree is passed
 * over, and none of its slots is called. */
#define TORPOR_TREE_OF_RANK 16u
#define TORPOR_TREE_INIT .struct_size = sizeof(struct torpor_tree)

#endif /* TORPOR_TREE_H */
