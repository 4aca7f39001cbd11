#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Shorten `text` so that it does not end inside a UTF-8 sequence. */
static void
drop_partial_character(char *text)
{
    size_t end = strlen(text), start = end;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (end - start + 1 < wanted)
        text[start - 1] = '\0';
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
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, room, format, arguments);
    va_end(arguments);
    if (length < 0)
        error->message[0] = '\0';
    if (length >= (int)room)
        drop_partial_character(error->message);
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
