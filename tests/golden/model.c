/* golden-model save FILE: what every-kind.msgpack is, of a model with every kind of field.
 * golden-model save-origin FILE: the same with an origin, as if the run began there.
 * golden-model restore FILE: "digest <sha256 of the restored state>", or "status <number>: <error>"
 * when the restore was refused and left the model as it was. */
#define N_NEURONS 20u
#define N_SYNAPSES 30u
#define N_SENSORS 12u
#define N_CELLS 8u
#define N_RATES 10u
#include "../unit/model.h"
#include "../unit/saved_file.h"
#include "save/origin_take.h"

static gboolean
save_with_origin(const char *path, const TorporHost *host, const TorporCatalogue *catalogue,
                 TorporOutputs *outputs, GError **error)
{
    g_autoptr(TorporOrigin) origin = torpor_origin_new();
    if (!torpor_origin_take(origin, 0, host, catalogue, NULL, error) ||
        !torpor_origin_take(origin, 2, host, catalogue, NULL, error))
        return FALSE;
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(host, catalogue, outputs, origin, NULL, error);
    const TorporEncodeOptions options = {.index = TRUE};
    return capture != NULL && torpor_file_save(path, capture->tree, &options, FALSE, FALSE, error);
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: golden-model save|save-origin|restore FILE\n");
        return 2;
    }
    gboolean saves_origin = strcmp(argv[1], "save-origin") == 0;
    gboolean saves = saves_origin || strcmp(argv[1], "save") == 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporOutputs) outputs = torpor_outputs_new();
    g_autoptr(TorporCatalogue) catalogue = model_catalogue();
    /* Another seed: nothing of the file's state is there before it is restored. */
    g_autoptr(Model) model = model_new(saves ? 1 : 2, NULL, FALSE);
    const TorporHost host = {&model_host, model};
    if (saves)
        model_advance(model, 12, NULL);
    g_autofree char *before = model_digest(model);
    gboolean done = saves_origin ? save_with_origin(argv[2], &host, catalogue, outputs, &error)
                    : saves ? saved_file_write(argv[2], &host, catalogue, outputs, FALSE, &error)
                            : saved_file_restore(argv[2], &host, catalogue, outputs, 0,
                                                 TORPOR_MISMATCH_ERROR, NULL, &error);
    g_autofree char *after = model_digest(model);
    if (done) {
        printf("digest %s\n", after);
        return 0;
    }
    printf("status %d: %s\n", error->code, error->message);
    return strcmp(before, after) == 0 ? 0 : 1;
}
