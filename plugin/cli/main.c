/* torpor COMMAND ...: look at checkpoints, check them, get values out. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"

typedef struct {
    const char *name;
    const char *operands;
    const char *summary;
    int (*run)(int argc, char **argv);
} Command;

static const Command commands[] = {
    {"info", "FILE|DIR", "what, when, by which host, intact or damaged", torpor_command_info},
    {"ls", "FILE [PATH]", "the tree of a file: dtype, shape, unit", torpor_command_ls},
    {"get", "FILE PATH", "one value, converted on request", torpor_command_get},
    {"verify", "FILE...|DIR", "check every byte, name what is damaged", torpor_command_verify},
    {"latest", "DIR", "the path of the newest intact checkpoint", torpor_command_latest},
    {"diff", "A B", "what differs between two files, by path", torpor_command_diff},
    {"prune", "DIR", "remove old checkpoints", torpor_command_prune},
    {"convert", "IN OUT", "rewrite a file, or write it as json or npz", torpor_command_convert},
    {"plot", "FILE PATH", "a histogram, raster or course, of two files too", torpor_command_plot},
    {"report", "A [B]", "a page (HTML) about a file or two, with pictures", torpor_command_report},
};

static void
print_help(FILE *to)
{
    fputs(
        "Usage: torpor COMMAND ...\n\nLook at checkpoints and at files that braintools wrote.\n\n",
        to);
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(to, "  %-8s %-13s %s\n", commands[i].name, commands[i].operands,
                commands[i].summary);
    fputs("\n`torpor COMMAND --help` has the options. Exit status: 0 fine, 1 differs, damaged or "
          "not\n"
          "found, 2 wrong usage.\n",
          to);
}

int
main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (name == NULL) {
        print_help(stderr);
        return TORPOR_EXIT_USAGE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return TORPOR_EXIT_FINE;
    }
    if (strcmp(name, "--version") == 0) {
        printf("torpor %s\n", TORPOR_VERSION);
        return TORPOR_EXIT_FINE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    g_autofree char *text = torpor_printable(name, strlen(name));
    fprintf(stderr, "torpor: there is no command `%s`\nTry: torpor --help\n", text);
    return TORPOR_EXIT_USAGE;
}
