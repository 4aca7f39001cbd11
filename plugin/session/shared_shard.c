#include "session/shared_shard.h"

#include <msgpack/pack.h>
#include <string.h>

#include "checkpoint/shards.h"
#include "msgpack/trailer.h"
#include "session/ranks.h"
#include "session/writers.h"

/* ---- what travels ---- */

/* A rank to its writer: what it has. All 0: nothing, since it failed. */
typedef struct {
    guint64 byte_length;
    guint64 paths_length;
    guint64 n_places;
} Offer;

/* The writer's answer to that, once it is this rank's turn. */
typedef struct {
    guint64 goes_on;
} Answer;

/* Before each piece of the bytes, of at most a block. */
typedef enum { PIECE, BOUNDARY, END } PacketKind;
typedef struct {
    guint64 kind;
    guint64 length;
    guint64 item_bytes; /* of the sink, from here on */
} Packet;

/* ---- a rank that sends ---- */

/* A sink whose bytes go to the writer. */
typedef struct {
    TorporSink sink; /* first, so that the sink is this */
    TorporSession *session;
    guint writer;
} Sender;

static gboolean
send_packet(const Sender *sender, PacketKind kind, const void *bytes, guint64 length,
            GError **error)
{
    const Packet packet = {kind, length, sender->sink.item_bytes};
    return torpor_ranks_send(sender->session, &packet, sizeof packet, sender->writer, error) &&
           (length == 0 ||
            torpor_ranks_send(sender->session, bytes, length, sender->writer, error));
}

static gboolean
sender_append_payload(TorporSink *sink, const void *bytes, guint64 length, GError **error)
{
    const guint8 *from = bytes;
    for (guint64 done = 0, piece; done < length; done += piece) {
        piece = MIN(length - done, TORPOR_BLOCK_BYTES);
        if (!send_packet((const Sender *)sink, PIECE, from + done, piece, error))
            return FALSE;
    }
    sink->place += length;
    return TRUE;
}

static gboolean
sender_boundary(TorporSink *sink, GError **error)
{
    return send_packet((const Sender *)sink, BOUNDARY, NULL, 0, error);
}

/* A stage gives nothing else. */
static const TorporSinkClass sender_class = {
    .append_payload = sender_append_payload,
    .boundary = sender_boundary,
};

static gboolean
send_part(TorporSession *session, guint writer, const TorporStage *stage,
          const TorporPlaces *places, GError **error)
{
    Sender sender = {{.klass = &sender_class}, session, writer};
    const Packet end = {.kind = END};
    return sender_append_payload(&sender.sink, places->paths->str, places->paths->len, error) &&
           sender_append_payload(&sender.sink, places->places->data,
                                 places->places->len * sizeof(guint64), error) &&
           torpor_stage_replay(stage, &sender.sink, error) &&
           torpor_ranks_send(session, &end, sizeof end, writer, error);
}

/* Offer the part that is staged, or say that there is none, and send it if it is wanted. */
static void
hand_over(TorporSession *session, gboolean is_staged, const TorporFollow *follow, GError **failure)
{
    const TorporPlaces *places;
    const TorporStage *stage = torpor_saver_part(session->saver, &places);
    guint writer = torpor_writers_first(session, torpor_writers_shard(session));
    Offer offer = {0};
    Answer answer;
    if (is_staged)
        offer = (Offer){torpor_stage_length(stage), places->paths->len, places->places->len};
    GError *lost = NULL;
    gboolean is_fine = torpor_ranks_send(session, &offer, sizeof offer, writer, &lost) &&
                       torpor_ranks_receive(session, &answer, sizeof answer, writer, &lost) &&
                       (answer.goes_on == 0 || send_part(session, writer, stage, places, &lost));
    if (is_fine && is_staged)
        (void)torpor_saver_hand_over(session->saver, follow, &lost);
    if (lost == NULL)
        return;
    g_clear_error(failure);
    g_propagate_error(failure, lost);
}

/* ---- the rank that writes ---- */

typedef struct {
    TorporSession *session;
    const Offer *offers; /* of each rank of the shard, its own first */
    guint first;
    guint n;
    guint n_answered;
} Writing;

static gboolean
answer(Writing *writing, gboolean goes_on, GError **error)
{
    const Answer reply = {goes_on ? 1 : 0};
    guint to = writing->first + writing->n_answered;
    writing->n_answered++;
    return torpor_ranks_send(writing->session, &reply, sizeof reply, to, error);
}

/* The next packet of a rank. *bytes: has room for a block. */
static gboolean
receive_packet(TorporSession *session, guint from, Packet *packet, guint8 *bytes, GError **error)
{
    if (!torpor_ranks_receive(session, packet, sizeof *packet, from, error))
        return FALSE;
    if (packet->length > TORPOR_BLOCK_BYTES) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO,
                    "rank %u sends %" G_GUINT64_FORMAT
                    " bytes at once; expected at most %" G_GUINT64_FORMAT,
                    from, packet->length, TORPOR_BLOCK_BYTES);
        return FALSE;
    }
    return packet->length == 0 || torpor_ranks_receive(session, bytes, packet->length, from, error);
}

/* Values that came in pieces. */
static gboolean
receive_all(TorporSession *session, guint from, void *out, guint64 length, guint8 *bytes,
            GError **error)
{
    Packet packet;
    for (guint64 done = 0; done < length; done += packet.length) {
        if (!receive_packet(session, from, &packet, bytes, error))
            return FALSE;
        if (packet.kind != PIECE || packet.length == 0 || packet.length > length - done) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO,
                        "rank %u sends other bytes than it offered", from);
            return FALSE;
        }
        memcpy((char *)out + done, bytes, packet.length);
    }
    return TRUE;
}

/* The bytes of a rank, up to its END. After a failure of the sink the rest is received too, and
 * thrown away: that rank cannot be stopped. */
static gboolean
receive_part(TorporSession *session, guint from, TorporSink *sink, guint8 *bytes, GError **error)
{
    Packet packet = {0};
    gboolean is_written = TRUE;
    while (packet.kind != END) {
        GError *lost = NULL;
        if (!receive_packet(session, from, &packet, bytes, &lost)) {
            if (is_written)
                g_propagate_error(error, lost);
            else
                g_clear_error(&lost);
            return FALSE;
        }
        if (!is_written)
            continue;
        if (packet.kind == BOUNDARY)
            is_written = sink->klass->boundary(sink, error);
        else if (packet.kind == PIECE)
            is_written = sink->klass->append_payload(sink, bytes, packet.length, error);
        sink->item_bytes = packet.item_bytes;
    }
    return is_written;
}

/* ---- the file ---- */

static int
write_to_bytes(void *data, const char *bytes, size_t length)
{
    g_byte_array_append(data, (const guint8 *)bytes, (guint)length);
    return 0;
}

/* The key of an entry of the root; NULL: the root itself, a map of so many entries. */
static gboolean
append_header(TorporSink *sink, const char *key, guint n_entries, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    msgpack_packer packer;
    msgpack_packer_init(&packer, bytes, write_to_bytes);
    if (key == NULL)
        msgpack_pack_map(&packer, n_entries);
    else
        msgpack_pack_str_with_body(&packer, key, strlen(key));
    return sink->klass->append(sink, bytes->data, bytes->len, error);
}

/* The places of a part that begins at `begin`, under its key. */
static void
add_places(TorporPlaces *all, const char *key, const char *paths, const guint64 *places,
           guint64 n_places, guint64 begin)
{
    g_autoptr(GString) path = g_string_new(NULL);
    for (guint64 i = 0; i < n_places; i++) {
        g_string_printf(path, "%s/%s", key, paths);
        torpor_places_add(all, path->str, path->len, begin + places[i]);
        paths += strlen(paths) + 1;
    }
}

static gboolean
append_own(const Writing *writing, const char *key, TorporPlaces *all, TorporSink *sink,
           GError **error)
{
    const TorporPlaces *places;
    const TorporStage *stage = torpor_saver_part(writing->session->saver, &places);
    add_places(all, key, places->paths->str, (const guint64 *)(gpointer)places->places->data,
               places->places->len, sink->place);
    return torpor_stage_replay(stage, sink, error);
}

static gboolean
append_other(Writing *writing, guint i, const char *key, TorporPlaces *all, TorporSink *sink,
             guint8 *bytes, GError **error)
{
    const Offer *offer = &writing->offers[i];
    guint from = writing->first + i;
    guint64 places_length = offer->n_places * sizeof(guint64);
    g_autofree char *paths = g_try_malloc(offer->paths_length + 1);
    g_autofree guint64 *places = g_try_malloc(places_length + 1);
    if (paths == NULL || places == NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY,
                    "no memory for the paths of rank %u", from);
        return FALSE;
    }
    if (!answer(writing, TRUE, error) ||
        !receive_all(writing->session, from, paths, offer->paths_length, bytes, error) ||
        !receive_all(writing->session, from, places, places_length, bytes, error))
        return FALSE;
    add_places(all, key, paths, places, offer->n_places, sink->place);
    return receive_part(writing->session, from, sink, bytes, error);
}

/* TorporFillFunc. */
static gboolean
fill_shard(gpointer data, TorporPlaces *all, TorporSink *sink, GError **error)
{
    Writing *writing = data;
    g_autofree guint8 *bytes = g_try_malloc(TORPOR_BLOCK_BYTES);
    if (bytes == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_NO_MEMORY, "no memory for a block");
        return FALSE;
    }
    for (guint i = 0; i < writing->n; i++)
        sink->expected += writing->offers[i].byte_length;
    if (!append_header(sink, NULL, writing->n + 1, error))
        return FALSE;
    for (guint i = 0; i < writing->n; i++) {
        g_autofree char *key = torpor_shard_key(writing->first + i);
        sink->item_bytes = 0;
        if (!append_header(sink, key, 0, error) ||
            !(i == 0 ? append_own(writing, key, all, sink, error)
                     : append_other(writing, i, key, all, sink, bytes, error)))
            return FALSE;
    }
    sink->item_bytes = 0;
    return append_header(sink, TORPOR_INDEX_KEY, 0, error);
}

/* All ranks of the shard have offered. */
static gboolean
receive_offers(const Writing *writing, Offer *offers, gboolean *have_all, GError **error)
{
    for (guint i = 1; i < writing->n; i++) {
        if (!torpor_ranks_receive(writing->session, &offers[i], sizeof offers[i],
                                  writing->first + i, error))
            return FALSE;
        *have_all = *have_all && offers[i].byte_length > 0;
    }
    return TRUE;
}

static gboolean
write_shard(TorporSession *session, gboolean is_staged, const char *path, gboolean waits,
            const TorporFollow *follow, GError **failure)
{
    const TorporPlaces *places;
    const TorporStage *stage = torpor_saver_part(session->saver, &places);
    guint shard = torpor_writers_shard(session);
    guint first = torpor_writers_first(session, shard);
    guint n = torpor_writers_first(session, shard + 1) - first;
    g_autofree Offer *offers = g_new0(Offer, n);
    offers[0].byte_length = is_staged ? torpor_stage_length(stage) : 0;
    Writing writing = {session, offers, first, n, 1};
    gboolean have_all = is_staged;
    GError *problem = NULL;
    gboolean is_written = receive_offers(&writing, offers, &have_all, &problem) && have_all &&
                          torpor_saver_write_parts(session->saver, path, waits, follow, fill_shard,
                                                   &writing, &problem);
    while (session->parted == NULL && writing.n_answered < n)
        (void)answer(&writing, FALSE, NULL);
    if (problem != NULL) {
        g_clear_error(failure);
        g_propagate_error(failure, problem);
    }
    return is_written;
}

gboolean
torpor_shared_shard_write(TorporSession *session, TorporCapture *capture, const char *path,
                          gboolean waits, const TorporFollow *follow, GError **failure)
{
    gboolean is_staged =
        capture != NULL && torpor_saver_stage_part(session->saver, capture, failure);
    if (torpor_writers_is_one(session))
        return write_shard(session, is_staged, path, waits, follow, failure);
    hand_over(session, is_staged, follow, failure);
    return FALSE;
}
