#include "base/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/thread.h"

/* How often a child that says nothing is looked at: another process that the host forked may hold
 * the child's end of the channel, which then never closes. */
#define LOOK_MILLISECONDS 200

struct _TorporChild {
    pid_t process;
    pid_t parent;
    int channel; /* one end of a pair of sockets */
    gboolean is_reaped;
    int status; /* of waitpid; -1: somebody else reaped it */
};

typedef enum { MESSAGE_QUESTION, MESSAGE_DONE, MESSAGE_FAILED } MessageKind;

typedef struct {
    gint32 kind;
    gint32 status;
    char result[TORPOR_CHILD_RESULT_BYTES];
    char text[4000]; /* of an error, or of an answer; "": none */
} Message;

/* ---- the channel ---- */

static gboolean
send_message(const TorporChild *child, const Message *message)
{
    ssize_t n;
    do
        n = send(child->channel, message, sizeof *message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *message;
}

static gboolean
receive_message(const TorporChild *child, int flags, Message *message)
{
    ssize_t n;
    do
        n = recv(child->channel, message, sizeof *message, flags);
    while (n < 0 && errno == EINTR);
    message->text[sizeof message->text - 1] = '\0';
    return n == (ssize_t)sizeof *message;
}

/* ---- in the child ---- */

static G_NORETURN void
run(TorporChild *child, TorporChildJob job, gpointer job_data)
{
    GError *failure = NULL;
    Message message = {.kind = MESSAGE_DONE};
    torpor_thread_forbid();
    if (!job(job_data, child, message.result, &failure)) {
        message.kind = MESSAGE_FAILED;
        message.status = failure->code;
        g_strlcpy(message.text, failure->message, sizeof message.text);
    }
    (void)send_message(child, &message);
    _exit(0);
}

char *
torpor_child_ask(TorporChild *child)
{
    Message message = {.kind = MESSAGE_QUESTION};
    if (!send_message(child, &message) || !receive_message(child, 0, &message))
        return NULL;
    return message.text[0] == '\0' ? NULL : g_strdup(message.text);
}

gboolean
torpor_child_is_wanted(const TorporChild *child)
{
    return getppid() == child->parent;
}

/* ---- in the process that it comes from ---- */

TorporChild *
torpor_child_start(TorporChildJob job, gpointer job_data, GError **error)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        torpor_error_set_errno(error, errno, "cannot talk to a child process");
        return NULL;
    }
    TorporChild *child = g_new0(TorporChild, 1);
    child->parent = getpid();
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* the child keeps it */
    child->process = fork();
    int failure = errno;
    if (child->process == 0) {
        (void)close(pair[0]);
        child->channel = pair[1];
        run(child, job, job_data);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)close(pair[1]);
    child->channel = pair[0];
    if (child->process > 0)
        return child;
    torpor_child_free(child);
    torpor_error_set_errno(error, failure, "cannot fork; use mode=async or mode=sync");
    return NULL;
}

void
torpor_child_free(TorporChild *child)
{
    if (child == NULL)
        return;
    (void)close(child->channel);
    g_free(child);
}

/* If the host ignores SIGCHLD, or its handler reaps every child, the status is lost. */
static gboolean
has_ended(TorporChild *child, int options)
{
    pid_t found;
    if (child->is_reaped)
        return TRUE;
    do
        found = waitpid(child->process, &child->status, options);
    while (found < 0 && errno == EINTR);
    if (found < 0)
        child->status = -1;
    child->is_reaped = found != 0;
    return child->is_reaped;
}

/* The next message; FALSE: the child has ended, and there is none. */
static gboolean
next_message(TorporChild *child, Message *message)
{
    struct pollfd poll_fd = {.fd = child->channel, .events = POLLIN};
    for (;;) {
        int ready = poll(&poll_fd, 1, LOOK_MILLISECONDS);
        if (ready > 0)
            return receive_message(child, 0, message);
        if (has_ended(child, WNOHANG))
            return receive_message(child, MSG_DONTWAIT, message);
    }
}

static void
set_silent(const TorporChild *child, GError **error)
{
    gboolean is_killed = child->status != -1 && WIFSIGNALED(child->status);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO,
                "the child process %d that wrote it ended before it was done%s%s",
                (int)child->process, is_killed ? ", by signal " : "",
                is_killed ? g_strsignal(WTERMSIG(child->status)) : "");
}

gboolean
torpor_child_wait(TorporChild *child, char *(*answer)(gpointer answer_data), gpointer answer_data,
                  gpointer result, GError **error)
{
    Message message;
    gboolean has_word;
    while ((has_word = next_message(child, &message)) && message.kind == MESSAGE_QUESTION) {
        g_autofree char *text = answer == NULL ? NULL : answer(answer_data);
        g_strlcpy(message.text, text == NULL ? "" : text, sizeof message.text);
        (void)send_message(child, &message);
    }
    (void)has_ended(child, 0);
    if (!has_word) {
        set_silent(child, error);
        return FALSE;
    }
    if (message.kind == MESSAGE_FAILED) {
        g_set_error_literal(error, TORPOR_ERROR, message.status, message.text);
        return FALSE;
    }
    memcpy(result, message.result, sizeof message.result);
    return TRUE;
}
