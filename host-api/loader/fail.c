#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shorter ones have no room for a beginning and an end. */
#define ROOM_FOR_BOTH_ENDS 64

static int
is_inside_character(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Copy a text that is too long without part of its middle: it begins with where and what is wrong,
 * and ends with what to do. Cuts lie between characters of UTF-8. */
static void
copy_both_ends(char *out, size_t size, const char *text)
{
    static const char gap[] = " ... ";
    size_t length = strlen(text);
    int has_tail = size >= ROOM_FOR_BOTH_ENDS;
    size_t head = has_tail ? size - size / 4 - sizeof gap : size - 1;
    const char *tail = text + length - (has_tail ? size / 4 : 0);
    while (head > 0 && is_inside_character(text[head]))
        head--;
    while (is_inside_character(*tail))
        tail++;
    snprintf(out, size, "%.*s%s%s", (int)head, text, has_tail ? gap : "", tail);
}

size_t
torpor_fail_room(const struct torpor_error *error)
{
    const size_t place = offsetof(struct torpor_error, message);
    if (error == NULL || error->struct_size <= place)
        return 0;
    size_t end = error->struct_size < sizeof *error ? error->struct_size : sizeof *error;
    return end - place;
}

int32_t
torpor_error_set(struct torpor_error *error, int32_t status, const char *format, ...)
{
    size_t room = torpor_fail_room(error);
    if (room == 0)
        return status;
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        snprintf(error->message, room, "no memory for a message");
    else if ((size_t)length < room)
        memcpy(error->message, text, (size_t)length + 1);
    else
        copy_both_ends(error->message, room, text);
    if (length >= 0)
        free(text);
    error->status = status;
    return status;
}

void
torpor_fail_clear(struct torpor_error *error)
{
    if (torpor_fail_room(error) == 0)
        return;
    error->status = TORPOR_STATUS_OK;
    error->message[0] = '\0';
}
