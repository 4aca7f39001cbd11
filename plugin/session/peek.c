#include "session/peek.h"

#include "host/section_names.h"
#include "host/tree_reader.h"
#include "session/resuming.h"
#include "session/saving.h"

static gboolean
show(TorporCheckpointFile *checkpoint, torpor_look_fn look, void *look_data, GError **error)
{
    const TorporNode *root = torpor_tree_root(checkpoint->tree);
    const char *version;
    if (!torpor_checkpoint_file_text(checkpoint, root, TORPOR_SECTION_HOST "/" TORPOR_KEY_VERSION,
                                     &version, error))
        return FALSE;
    g_autofree char *unit = torpor_unit_to_text(checkpoint->time_unit);
    g_auto(TorporTreeReader) reader = {0};
    torpor_tree_reader_init(&reader, checkpoint->file, root, checkpoint->path, NULL);
    const struct torpor_clock clock = {TORPOR_CLOCK_INIT, .time = checkpoint->time, .unit = unit,
                                       .step = checkpoint->step};
    const struct torpor_glimpse glimpse = {.struct_size = sizeof glimpse,
                                           .path = checkpoint->path,
                                           .host_name = checkpoint->host_name,
                                           .host_version = version == NULL ? "" : version,
                                           .fingerprint = checkpoint->fingerprint,
                                           .clock = &clock,
                                           .reader = &reader.slots};
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = look(look_data, &glimpse, &failure);
    return torpor_host_result(status, &failure, error, "looking at %s", checkpoint->path);
}

static gboolean
peek(TorporSession *session, const char *path, torpor_look_fn look, void *look_data,
     gboolean *found, GError **error)
{
    g_autoptr(TorporCheckpointFile) checkpoint = NULL;
    if (path != NULL)
        checkpoint = torpor_checkpoint_file_open(path, &session->host, 0, error);
    else if (!torpor_resuming_find(session, TRUE, &checkpoint, error))
        return FALSE;
    if (checkpoint == NULL)
        return path == NULL;
    *found = TRUE;
    return torpor_checkpoint_file_join(checkpoint, &session->host, NULL, NULL, error) &&
           show(checkpoint, look, look_data, error);
}

gboolean
torpor_session_peek(TorporSession *session, const char *path, torpor_look_fn look, void *look_data,
                    gboolean *found, GError **error)
{
    *found = FALSE;
    if (look == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "peek: look is NULL");
        return FALSE;
    }
    if (!torpor_session_enter(session, error))
        return FALSE;
    torpor_saving_settle(session); /* the newest file may be the one to look at */
    gboolean is_shown = peek(session, path, look, look_data, found, error);
    torpor_session_leave(session);
    return is_shown;
}
