/* torpor/host.h: all that crosses dlopen between a simulator (the host) and the Torpor plugin.
 *
 * SPDX-License-Identifier: MIT
 *
 * Plain C11, also C++17; needs <stddef.h> and <stdint.h> only. How the pieces meet:
 *
 *   host --(loader.h: find, open, negotiate)--> torpor_plugin.attach(host table)
 *   plugin --(torpor_host.register_hooks)-----> host keeps the hooks
 *   host --(declare_type, declare_codec, ...)-> plugin's registries
 *   host --(hooks.restore)--------------------> resumes, or says that the run starts fresh
 *   host --(hooks.step at each consistent point)--> saves when due; says whether to stop
 *
 * Rules for every slot, unless its comment says otherwise:
 *
 * - ownership: Neither side frees what the other allocated. Descriptors (types, codecs, migrations,
 *   the host table) stay valid and unchanged until detach. Lists that a callback hands out stay
 *   valid until the save or restore that asked for them returns.
 * - threads: [host-thread]: the thread that called the hook. [any-thread]: several threads at once,
 *   on disjoint ranges.
 * - errors: A status is returned and, where `error` is not NULL, copied there with a text. 0 is
 *   success. An output is untouched on error. Callbacks must not throw, longjmp or exit through the
 *   plugin.
 * - growth: Members are only appended. A member is read or called only if TORPOR_HAS says that the
 *   other side has it. Arrays of descriptors say the size of one element, so elements may grow too.
 * - NULL: A slot marked (optional) may be NULL.
 */
#ifndef TORPOR_HOST_H
#define TORPOR_HOST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- versions ---- */

#define TORPOR_VERSION "0.2.0" /* of the product; the build reads it from here */

#define TORPOR_ABI_MAJOR 1u /* must be equal on both sides */
#define TORPOR_ABI_MINOR 1u /* grows when members are appended; any two minors work together */

/* Symbol that a plugin exports: `const struct torpor_plugin torpor_plugin`. */
#define TORPOR_PLUGIN_SYMBOL "torpor_plugin"

/* Does *obj, as the other side compiled it, reach as far as `field`? `type` is the struct's name
 * with `struct`. */
#define TORPOR_HAS(obj, type, field)                                                               \
    ((size_t)(obj)->struct_size >= offsetof(type, field) + sizeof((obj)->field))

/* ---- status numbers: given by hand, never reused ---- */

#define TORPOR_STATUS_OK 0
#define TORPOR_STATUS_INVALID 1     /* an argument, option or descriptor is wrong */
#define TORPOR_STATUS_UNSUPPORTED 2 /* known, but not built into this version */
#define TORPOR_STATUS_VERSION 3     /* ABI, format or type version that cannot be used */
#define TORPOR_STATUS_NOT_FOUND 4   /* no such file, path, type, plugin */
#define TORPOR_STATUS_EXISTS 5      /* a name or file is taken */
#define TORPOR_STATUS_DAMAGED 6     /* checksum, length or structure of a file is wrong */
#define TORPOR_STATUS_MISMATCH 7    /* file and live host differ in shape, count, dtype, kind */
#define TORPOR_STATUS_UNIT 8        /* unknown unit, or two units of different dimension */
#define TORPOR_STATUS_FINGERPRINT 9 /* a valid checkpoint, but of another model */
#define TORPOR_STATUS_NO_SPACE 10   /* disk or quota full */
#define TORPOR_STATUS_IO 11         /* another error of the operating system */
#define TORPOR_STATUS_NO_MEMORY 12
#define TORPOR_STATUS_LIMIT 13   /* depth, count or size beyond what is allowed */
#define TORPOR_STATUS_BUSY 14    /* another process holds the folder */
#define TORPOR_STATUS_ORDER 15   /* a call at a time when it is not allowed */
#define TORPOR_STATUS_REFUSED 16 /* this state cannot be saved exactly */
#define TORPOR_STATUS_HOST 17    /* a callback of the host failed without a status of its own */
#define TORPOR_STATUS_TORN 18    /* the disk failed during commit: the live state is unusable */

/* Where a status and its text go. Caller's memory; set struct_size before the call. */
struct torpor_error {
    uint32_t struct_size;
    int32_t status;
    char message[248]; /* UTF-8, NUL-terminated; where too long, its middle is left out */
};

/* ---- values ---- */

#define TORPOR_MAX_RANK 8u /* of one object's value; a column has one more dimension, in front */

#define TORPOR_DTYPE_BOOL 1u /* one byte, 0 or 1 */
#define TORPOR_DTYPE_INT8 2u
#define TORPOR_DTYPE_INT16 3u
#define TORPOR_DTYPE_INT32 4u
#define TORPOR_DTYPE_INT64 5u
#define TORPOR_DTYPE_UINT8 6u
#define TORPOR_DTYPE_UINT16 7u
#define TORPOR_DTYPE_UINT32 8u
#define TORPOR_DTYPE_UINT64 9u
#define TORPOR_DTYPE_FLOAT16 10u
#define TORPOR_DTYPE_FLOAT32 11u
#define TORPOR_DTYPE_FLOAT64 12u
#define TORPOR_DTYPE_COMPLEX64 13u  /* re, im */
#define TORPOR_DTYPE_COMPLEX128 14u /* re, im */
#define TORPOR_DTYPE_BFLOAT16 15u
#define TORPOR_DTYPE_POINTER 64u /* references only: an object's address; its index is stored */

/* Borrowed memory with a meaning. C order; the innermost dimensions are packed. */
struct torpor_view {
    void *data;
    const char *unit; /* NULL: a plain array. Else UTF-8 symbol such as "mV" or "nS"; "1" is
                         dimensionless */
    uint32_t dtype;
    uint32_t rank;                   /* 0: one scalar */
    uint64_t shape[TORPOR_MAX_RANK]; /* the first `rank` are used */
    uint64_t stride; /* bytes from one row (first dimension) to the next; 0: packed */
};

/* ---- declarations: types, fields, codecs, migrations ---- */

struct torpor_population;
struct torpor_field;

/* Bulk access to one field of a range of objects. Never one call per object.
 *
 * `column` is packed, shape [count, ...field shape], dtype and unit as the field says. Ragged
 * columns are the values of the objects one after the other; `lengths` are elements (of the field's
 * shape) per object. threads: [any-thread] on disjoint ranges, unless the host says
 * TORPOR_HOST_SERIAL. */
struct torpor_accessor {
    uint32_t struct_size;
    uint32_t reserved;
    /* Copy live values of objects [first, first + count) into column. */
    int32_t (*gather)(void *host_data, const struct torpor_population *population,
                      const struct torpor_field *field, uint64_t first, uint64_t count,
                      void *column, struct torpor_error *error);
    /* (optional) Restore, prepare phase: are these values acceptable? Writes nothing live. Those of
     * a ragged or blob field come one after the other, after set_lengths of the same objects. */
    int32_t (*check)(void *host_data, const struct torpor_population *population,
                     const struct torpor_field *field, uint64_t first, uint64_t count,
                     const void *column, struct torpor_error *error);
    /* Restore, commit phase: write column into live objects. Cannot fail. NULL: the field is never
     * written back. */
    void (*scatter)(void *host_data, const struct torpor_population *population,
                    const struct torpor_field *field, uint64_t first, uint64_t count,
                    const void *column);
    /* Ragged and blob fields use these four instead of gather and scatter. */
    int32_t (*lengths)(void *host_data, const struct torpor_population *population,
                       const struct torpor_field *field, uint64_t first, uint64_t count,
                       uint64_t *lengths, struct torpor_error *error);
    int32_t (*gather_ragged)(void *host_data, const struct torpor_population *population,
                             const struct torpor_field *field, uint64_t first, uint64_t count,
                             const uint64_t *lengths, void *values, struct torpor_error *error);
    /* Prepare phase: set memory aside for these lengths; the live objects keep their old values
     * until scatter_ragged. The host's restore_abort gives it back. */
    int32_t (*set_lengths)(void *host_data, const struct torpor_population *population,
                           const struct torpor_field *field, uint64_t first, uint64_t count,
                           const uint64_t *lengths, struct torpor_error *error);
    /* Commit phase: lengths and values become live. Cannot fail. */
    void (*scatter_ragged)(void *host_data, const struct torpor_population *population,
                           const struct torpor_field *field, uint64_t first, uint64_t count,
                           const uint64_t *lengths, const void *values);
};

#define TORPOR_FIELD_VALUE 1u /* one value of `shape` per object */
#define TORPOR_FIELD_RAGGED                                                                        \
    2u /* a varying number of them; needs an accessor. Stored as values + counts */
#define TORPOR_FIELD_BLOB 3u /* opaque bytes, varying in number; dtype UINT8; needs an accessor */
#define TORPOR_FIELD_REFERENCE                                                                     \
    4u /* another object: its index in population `target` (UINT64), or POINTER to it */
#define TORPOR_FIELD_NESTED                                                                        \
    5u /* an object of type `target` inside this one, at `offset`; `shape` of them */

#define TORPOR_FIELD_CONSTANT                                                                      \
    1u /* rebuilt by the host; saved, and compared on restore instead of written */
#define TORPOR_FIELD_HIDDEN 2u /* internal; `torpor ls` shows it with --all only */
#define TORPOR_FIELD_OPTIONAL                                                                      \
    4u /* a file without it is no mismatch: the live value, or default_value, is kept */

/* A reference to nothing (index form); a NULL pointer is stored as this. */
#define TORPOR_NO_OBJECT UINT64_MAX

struct torpor_field {
    const char *name; /* unique in its type; the word of the field: "V_m", "g_ex", "weight" */
    const char *unit; /* NULL: no quantity. Unknown units are refused by declare_type */
    const char *doc;  /* (optional) one line */
    uint32_t dtype;
    uint32_t kind;  /* TORPOR_FIELD_VALUE ... */
    uint32_t flags; /* TORPOR_FIELD_CONSTANT ...; 0: plain state */
    uint32_t rank;  /* of one object's value; 0: scalar */
    uint64_t shape[TORPOR_MAX_RANK];
    uint64_t offset;    /* bytes from the start of the object; unused with an accessor or columns */
    const char *target; /* REFERENCE: path of a population. NESTED: name of a type */
    const struct torpor_accessor *accessor; /* NULL: by address */
    const void *default_value; /* (optional) one value, used where a file lacks an OPTIONAL field */
    const void *field_data;    /* (optional) the host's own */
};

struct torpor_type {
    uint32_t struct_size;
    uint32_t version; /* from 1; raise it when fields change, and declare a migration */
    const char *name;
    const char *base; /* (optional) a type declared earlier, whose codec serves this one too unless
                         it has its own */
    const char *doc;  /* (optional) */
    const char *refusal; /* not NULL: objects of this type cannot be saved exactly, for this reason;
                            saving them fails */
    const struct torpor_field *fields;
    uint32_t n_fields;
    uint32_t field_size;  /* sizeof(struct torpor_field) as the host compiled it */
    uint64_t object_size; /* bytes of one object, 0: unknown. Lets the self-check find bytes that no
                             field covers */
};

/* Receives a nested map of values. Valid inside the callback only. Keys are copied; arrays are
 * copied unless noted. All calls return a status; after the first error the rest return it too.
 * threads: [host-thread]. */
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
    int32_t (*put_view)(void *data, const char *key, const struct torpor_view *view);
    /* The value at `path` of a reader, unread and unchanged: for migrations that move a column. */
    int32_t (*copy)(void *data, const char *key, const void *reader_data, const char *path);
    /* As put_view, but view->data is unused: `gather` is asked for the values, packed, when they
     * are written, that of a tree after all populations were gathered. For what a host finds out
     * while its objects are looked at anyway. gather_data stays valid until save_end. (A migration
     * is asked at once.) since: ABI 1.1 */
    int32_t (*put_late)(void *data, const char *key, const struct torpor_view *view,
                        int32_t (*gather)(void *gather_data, void *values,
                                          struct torpor_error *error),
                        void *gather_data);
};

#define TORPOR_KIND_NIL 1u
#define TORPOR_KIND_BOOL 2u
#define TORPOR_KIND_INT 3u
#define TORPOR_KIND_FLOAT 4u
#define TORPOR_KIND_TEXT 5u
#define TORPOR_KIND_BYTES 6u
#define TORPOR_KIND_ARRAY 7u /* with or without a unit */
#define TORPOR_KIND_MAP 8u

/* Hands out a nested map of values. Valid inside the callback only. Paths are keys joined by '/',
 * "" is the map itself;
 * '~' and '/' inside a key are written ~0 and ~1. A wrong kind is TORPOR_STATUS_MISMATCH, a missing
 * path TORPOR_STATUS_NOT_FOUND, both named in `error`. Text and bytes are borrowed. threads:
 * [host-thread]. */
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
    /* dtype, rank, shape and unit of an array; out->data is NULL. Its memory is the reader's. */
    int32_t (*describe)(void *data, const char *path, struct torpor_view *out,
                        struct torpor_error *error);
    /* Read an array into `into`, whose dtype, rank and shape must be the file's; converted if the
     * unit differs. */
    int32_t (*read_view)(void *data, const char *path, const struct torpor_view *into,
                         struct torpor_error *error);
};

#define TORPOR_MISMATCH_ERROR 0 /* a difference fails the restore */
#define TORPOR_MISMATCH_WARN 1  /* the live value is kept, and the report says so */
#define TORPOR_MISMATCH_IGNORE 2

#define TORPOR_OVERRIDE                                                                            \
    1u /* flag: replace an earlier codec of the same name instead of being refused */

/* A type's own way into and out of the file, for all objects of a population at once. The most
 * specific type wins: that of the population, then its base, and so on. threads: [host-thread].
 *
 * Objects of a nested type come as a population of their own: `path` is that of the population
 * around, '/', and the names of the nested fields ("cells/branches/tip"), `count` all of them,
 * those inside the first object first, `layout` CONTIGUOUS or POINTERS (ACCESSORS where that is the
 * one around), population_data the one around's. */
struct torpor_codec {
    uint32_t struct_size;
    uint32_t flags; /* TORPOR_OVERRIDE */
    const char *type;
    void *codec_data; /* first argument of each slot */
    int32_t (*to_state)(void *codec_data, void *host_data,
                        const struct torpor_population *population,
                        const struct torpor_tree_writer *writer, struct torpor_error *error);
    /* Prepare phase: read, check and keep aside; live state is untouched. `mismatch` is
     * TORPOR_MISMATCH_... */
    int32_t (*from_state)(void *codec_data, void *host_data,
                          const struct torpor_population *population,
                          const struct torpor_tree_reader *reader, int32_t mismatch,
                          struct torpor_error *error);
    void (*commit)(void *codec_data, void *host_data, const struct torpor_population *population);
    void (*abort)(void *codec_data, void *host_data,
                  const struct torpor_population *population); /* (optional) */
};

/* From the columns of one version of a type to those of another. Chains of migrations are followed.
 * The reader has the columns of a population under their field names; the writer takes the new
 * ones, in any order. Writes nothing live. */
struct torpor_migration {
    uint32_t struct_size;
    uint32_t flags; /* TORPOR_OVERRIDE */
    const char *type;
    uint32_t from_version;
    uint32_t to_version;
    void *migration_data; /* first argument of the slot */
    int32_t (*migrate)(void *migration_data, const char *population_path, uint64_t count,
                       const struct torpor_tree_reader *from, const struct torpor_tree_writer *to,
                       struct torpor_error *error);
};

/* ---- what a host lists afresh at every save and restore ---- */

/* Memory of one field of all objects of a population (layout COLUMNS). */
struct torpor_column {
    void *data;
    uint64_t stride; /* bytes from one object to the next; 0: packed */
};

#define TORPOR_LAYOUT_CONTIGUOUS 1u /* object i at base + i * stride */
#define TORPOR_LAYOUT_POINTERS 2u   /* object i at objects[i] */
#define TORPOR_LAYOUT_CALLBACK 3u   /* object i at object_at(i) */
#define TORPOR_LAYOUT_COLUMNS                                                                      \
    4u /* columns[f] for field f of the type, in its order; accessors still win */
#define TORPOR_LAYOUT_ACCESSORS 5u /* no memory to be seen: every field has an accessor */

struct torpor_population {
    const char *path; /* "neurons/excitatory": place below `populations` in the file; '/' separates
                         levels */
    const char *type;
    uint64_t count;  /* objects */
    uint32_t layout; /* TORPOR_LAYOUT_... */
    uint32_t reserved;
    void *base;
    uint64_t stride; /* bytes, CONTIGUOUS */
    void *const *objects;
    void *(*object_at)(void *host_data, const struct torpor_population *population, uint64_t index);
    const struct torpor_column *columns; /* n_fields of the type */
    const void *population_data;         /* (optional) the host's own, for accessors */
};

/* Free nested maps beside the populations: kernel state, optimizer state. */
struct torpor_tree {
    const char *path; /* place below `trees` in the file */
    void *tree_data;  /* first argument of each slot */
    int32_t (*to_state)(void *tree_data, const struct torpor_tree_writer *writer,
                        struct torpor_error *error);
    /* Prepare phase: keep aside, writes nothing live. */
    int32_t (*from_state)(void *tree_data, const struct torpor_tree_reader *reader,
                          int32_t mismatch, struct torpor_error *error);
    void (*commit)(void *tree_data);
    void (*abort)(void *tree_data); /* (optional) */
};

/* A random generator whose whole state is memory. One with state behind functions is a torpor_tree.
 */
struct torpor_generator {
    const char *path;      /* place below `generators`: "thread/0" */
    const char *algorithm; /* "philox4x32-10"; another algorithm in the file is a mismatch */
    struct torpor_view state;
};

/* A file that the run appends to, and that a resume must roll back to the checkpoint. */
struct torpor_output {
    const char *path;  /* as the operating system takes it */
    void *output_data; /* first argument of each slot */
    /* Hand all that was written so far to the operating system. Torpor then fsyncs, and digests
     * what is new. */
    int32_t (*flush)(void *output_data, struct torpor_error *error);
    /* After the commit of a restore: the file now ends at byte_length; go on there. Cannot fail. */
    void (*rolled_back)(void *output_data, uint64_t byte_length);
};

struct torpor_clock {
    uint32_t struct_size;
    uint32_t reserved;
    double time;
    const char *unit; /* "ms", or "1" where steps are only counted; the same at every call */
    uint64_t step;    /* names the checkpoint; grows with time */
};

struct torpor_parallel {
    uint32_t struct_size;
    uint32_t n_threads;
    uint32_t n_ranks; /* 1 without MPI */
    uint32_t rank;
};

/* One line of provenance. */
struct torpor_note {
    const char *key;
    const char *value;
};

/* What became of a checkpoint. */
struct torpor_outcome {
    uint32_t struct_size;
    int32_t status;         /* TORPOR_STATUS_OK, or why the last save failed */
    uint64_t step;          /* of the newest durable checkpoint */
    uint64_t byte_length;   /* of its file */
    double stall_seconds;   /* that the host waited */
    double durable_seconds; /* from the start of the save until it was durable */
    const char *path;       /* NULL: none yet. Valid until the next hook */
};

/* ---- the host's table ---- */

#define TORPOR_GO_ON 0
#define TORPOR_STOP 1

/* What the plugin registers with the host. The table is the plugin's, valid until detach. All but
 * `stop`: threads: [host-thread], never while the state is being changed. */
struct torpor_hooks {
    uint32_t struct_size;
    uint32_t reserved;
    /* Call at each point where the state is consistent. Saves if a checkpoint is due. Costs a few
     * ns when none is. `step` and `time` as in torpor_clock. Returns TORPOR_GO_ON, or TORPOR_STOP:
     * leave the loop and detach. A save that fails does not stop the run: it is logged, kept for
     * post_checkpoint and detach, and tried again when next due. */
    int32_t (*step)(void *hook_data, uint64_t step, double time);
    /* Save now. path NULL: into the folder, under its usual name; else to that file, outside of
     * retention. On return the state has been captured; in mode `sync` it is durable. */
    int32_t (*save)(void *hook_data, const char *path, struct torpor_error *error);
    /* Restore. path NULL: whatever option `resume` says; else that file. *resumed is 1 if state was
     * restored, 0 if the run starts fresh. On error the live state is untouched (but for
     * TORPOR_STATUS_TORN). */
    int32_t (*restore)(void *hook_data, const char *path, int32_t *resumed,
                       struct torpor_error *error);
    /* Ask for a save and stop at the next step. threads: any, also a signal handler. */
    void (*stop)(void *hook_data);
    /* Wait until the last save is durable, and learn what became of it. Errors are told once. */
    int32_t (*post_checkpoint)(void *hook_data, struct torpor_outcome *out,
                               struct torpor_error *error);
};

#define TORPOR_HOST_SERIAL 1u     /* flag: call accessors from one thread at a time */
#define TORPOR_HOST_NO_SIGNALS 2u /* flag: never install signal handlers in this process */

#define TORPOR_LOG_DEBUG 0
#define TORPOR_LOG_INFO 1
#define TORPOR_LOG_WARNING 2
#define TORPOR_LOG_ERROR 3

struct torpor_host {
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t struct_size;
    uint32_t flags;      /* TORPOR_HOST_... */
    const char *name;    /* "torpor-demo", "nest" */
    const char *version; /* of the host */

    /* Keep hooks and hook_data and call them from now on. (optional if the loader opened the
     * plugin: it keeps them.) */
    int32_t (*register_hooks)(void *host_data, const struct torpor_hooks *hooks, void *hook_data);

    /* Time, unit and step now. */
    int32_t (*clock)(void *host_data, struct torpor_clock *out, struct torpor_error *error);
    /* All populations as they lie in memory now. */
    int32_t (*populations)(void *host_data, const struct torpor_population **out, uint64_t *count,
                           uint32_t *element_size, struct torpor_error *error);
    /* (optional) */
    int32_t (*trees)(void *host_data, const struct torpor_tree **out, uint64_t *count,
                     uint32_t *element_size, struct torpor_error *error);
    /* (optional) */
    int32_t (*generators)(void *host_data, const struct torpor_generator **out, uint64_t *count,
                          uint32_t *element_size, struct torpor_error *error);
    /* (optional) */
    int32_t (*outputs)(void *host_data, const struct torpor_output **out, uint64_t *count,
                       uint32_t *element_size, struct torpor_error *error);
    /* (optional) Says which model this is, e.g. "coba n=4000 seed=1 dt=0.1 ms". A checkpoint with
     * another text is of another model. Text only, compared byte by byte; must not name what may
     * change at a resume (threads, folders). */
    int32_t (*fingerprint)(void *host_data, const char **out, struct torpor_error *error);
    /* (optional) */
    int32_t (*parallel)(void *host_data, struct torpor_parallel *out, struct torpor_error *error);
    /* (optional) The host's own lines of provenance. */
    int32_t (*provenance)(void *host_data, const struct torpor_note **out, uint64_t *count,
                          uint32_t *element_size, struct torpor_error *error);

    /* (optional) Before anything is read for a save: bring state into memory; refuse what cannot be
     * saved exactly. */
    int32_t (*save_begin)(void *host_data, struct torpor_error *error);
    /* (optional) After the state was captured, or the save failed; always follows a save_begin that
     * succeeded. */
    void (*save_end)(void *host_data);

    /* (optional) Prepare, before anything else: may list populations be asked for, and overwritten,
     * now? */
    int32_t (*restore_begin)(void *host_data, const struct torpor_clock *clock,
                             struct torpor_error *error);
    /* Commit, after all else: set time and step, recompute what follows from state. Cannot fail. */
    void (*restore_commit)(void *host_data, const struct torpor_clock *clock);
    /* (optional) Prepare failed after restore_begin: give back what was kept aside. */
    void (*restore_abort)(void *host_data);
    /* (optional) After each checkpoint, and after a restore, in every run alike: e.g. re-initialise
     * a solver, so that the resumed run and the one that went on do the same. */
    void (*post_checkpoint)(void *host_data, uint64_t step);

    /* (optional) Where messages go; level TORPOR_LOG_... NULL: GLib's g_log, domain "Torpor".
     * threads: [any-thread]. */
    void (*log)(void *host_data, int32_t level, const char *message);
    /* (optional) Long work: done of total bytes. threads: [any-thread], one at a time. */
    void (*progress)(void *host_data, const char *what, uint64_t done, uint64_t total);
    /* (optional) Run task(task_data, i) for i in [0, n_tasks) on the host's own threads; returns
     * when all are done. */
    void (*parallel_for)(void *host_data, uint64_t n_tasks,
                         void (*task)(void *task_data, uint64_t index), void *task_data);
};

/* ---- the plugin's table ---- */

struct torpor_session; /* one attached host; the plugin's */

/* Self-check: advance the model by n_steps without calling any hook. */
typedef int32_t (*torpor_advance_fn)(void *host_data, uint64_t n_steps, struct torpor_error *error);

struct torpor_plugin {
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t struct_size;
    uint32_t flags;
    const char *name;    /* "torpor" */
    const char *version; /* TORPOR_VERSION */

    /* Begin: check the host table, take options ("every=500 ms", ...; TORPOR_<KEY> in the
     * environment wins), register hooks. Nothing is read or written on disk yet. */
    int32_t (*attach)(const struct torpor_host *host, void *host_data, const char *const *options,
                      uint64_t n_options, struct torpor_session **out, struct torpor_error *error);
    /* Declarations are checked whole (names, units, offsets, shapes) and refused with the reason.
     * Before the first save or restore. A name that is taken is TORPOR_STATUS_EXISTS. */
    int32_t (*declare_type)(struct torpor_session *session, const struct torpor_type *type,
                            struct torpor_error *error);
    int32_t (*declare_codec)(struct torpor_session *session, const struct torpor_codec *codec,
                             struct torpor_error *error);
    int32_t (*declare_migration)(struct torpor_session *session,
                                 const struct torpor_migration *migration,
                                 struct torpor_error *error);
    /* What the last restore changed, converted, kept or missed, one line each; "" if nothing. Valid
     * until the next hook. */
    const char *(*report)(struct torpor_session *session);
    /* Save, advance n_steps, save; restore the first, advance n_steps, save; compare.
     * TORPOR_STATUS_MISMATCH names the first field that differs, or the bytes of an object that
     * change though no field covers them. The live state ends where it began. Needs a folder for
     * three files: option `dir`. threads: [host-thread]. */
    int32_t (*selfcheck)(struct torpor_session *session, torpor_advance_fn advance,
                         uint64_t n_steps, struct torpor_error *error);
    /* End: waits for a save in flight; all of the session's memory is gone, also on error. The
     * error is that of a save which failed and was not told yet. */
    int32_t (*detach)(struct torpor_session *session, struct torpor_error *error);
};

#ifdef __cplusplus
}
#endif

#endif /* TORPOR_HOST_H */
