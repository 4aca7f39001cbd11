/* A restore into a live model that has every kind of field (tests/unit/model.h). It is refused, and
 * the model is as it was; or it is taken, and the model can go on and be saved. */
#define N_NEURONS 20u
#define N_SYNAPSES 30u
#define N_SENSORS 12u
#define N_CELLS 8u
#define N_RATES 10u
#include "../unit/model.h"
#include "../unit/saved_file.h"

#include "bytes_file.h"
#include "check.h"
#include "limits.h"
#include "seal.h"
#include "target.h"

size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned int seed)
{
    return fuzz_change_file(bytes, length, max_length, seed);
}

static void
check_refused(const Model *model, const GByteArray *before, const GError *error)
{
    g_autoptr(GByteArray) after = model_bytes(model);
    if (error == NULL || !g_utf8_validate(error->message, -1, NULL))
        fuzz_fail("refused without an error that says something");
    if (before->len != after->len || memcmp(before->data, after->data, after->len) != 0)
        fuzz_fail("refused, but the model changed: %s", error->message);
    g_assert(!model->has_pending_tree);
    for (guint i = 0; i < N_NEURONS; i++)
        g_assert(model->pending_trains[i].times == NULL);
}

static void
check_taken(Model *model, const TorporHost *host, const TorporCatalogue *catalogue)
{
    g_autoptr(GError) error = NULL;
    model_advance(model, 1, NULL);
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(host, catalogue, outputs, NULL, NULL, &error);
    if (capture == NULL)
        fuzz_fail("taken, but the model cannot be saved: %s", error->message);
}

/* Drawing a model costs more than a restore that is refused; after that, the model is as new.
 * FALSE: the file cannot be opened, whatever the policy is. */
static gboolean
restore(const TorporFile *file, const TorporCatalogue *catalogue, gint32 mismatch)
{
    static Model *model;
    static GByteArray *before;
    if (model == NULL) {
        model = model_new(2, NULL, FALSE);
        g_clear_pointer(&before, g_byte_array_unref);
        before = model_bytes(model);
    }
    const TorporHost host = {&model_host, model};
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_autoptr(GError) error = NULL;
    g_string_truncate(model->log, 0);
    /* From memory, now and then from the file. */
    guint64 memory_bytes = file->length % 16 == 1; /* verified by threads, which costs time */
    TorporCheckpointFile *checkpoint =
        torpor_checkpoint_file_open(file->path, &host, memory_bytes, &error);
    gboolean is_opened = checkpoint != NULL;
    if (saved_file_restore_opened(checkpoint, &host, catalogue, outputs, mismatch, NULL, &error)) {
        check_taken(model, &host, catalogue);
        g_clear_pointer(&model, model_free);
    } else {
        check_refused(model, before, error);
    }
    return is_opened;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static TorporCatalogue *catalogue;
    if (catalogue == NULL)
        catalogue = model_catalogue();
    const TorporFile *file = fuzz_bytes_file(0, bytes, length);
    fuzz_limits_begin(length);
    if (restore(file, catalogue, TORPOR_MISMATCH_ERROR))
        restore(file, catalogue, TORPOR_MISMATCH_IGNORE);
    fuzz_limits_end();
    return 0;
}
