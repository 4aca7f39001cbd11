"""The manual page and the completion know every command and option of --help."""
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from tool import Folder, run

SOURCES = pathlib.Path(os.environ["CLI_SOURCES"])


def commands():
    found = re.findall(r"^  (\w+) ", run("--help"), re.MULTILINE)
    assert len(found) >= 8, found
    return found


def options(command):
    """Long and short options of a command, as --help lists them."""
    found = re.findall(r"^  (?:(-\w), )?(--[\w-]+)", run(command, "--help"), re.MULTILINE)
    assert ("-h", "--help") in found, found
    return [option for pair in found for option in pair if option]


class ManualPage(unittest.TestCase):
    text = (SOURCES / "torpor.1").read_text()

    def section(self, command):
        """What the page says under `torpor COMMAND`, up to the next command."""
        parts = re.split(r'^\.BI "torpor (\w+) .*$', self.text, flags=re.MULTILINE)
        return parts[parts.index(command) + 1]

    def test_every_command_and_option(self):
        for command in commands():
            synopsis = self.text[self.text.index(".SH SYNOPSIS"):self.text.index(".SH DESCRIPTION")]
            self.assertIn(f"torpor {command}\n", synopsis)
            for option in options(command):
                everywhere = option in ("--help", "-h", "--json")
                with self.subTest(command=command, option=option):
                    self.assertRegex(self.text if everywhere else self.section(command),
                                     rf"(?<![\w-]){option}\b")

    def test_no_option_that_is_not_there(self):
        known = {option for command in commands() for option in options(command)} | {"--version"}
        shown = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", self.text))
        self.assertEqual(shown - known, set())

    @unittest.skipIf(shutil.which("groff") is None, "needs groff")
    def test_is_well_formed(self):
        done = subprocess.run(["groff", "-man", "-Tascii", "-ww", SOURCES / "torpor.1"],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Completion(Folder):
    def complete(self, *words):
        """What bash would offer for the last word."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
                  '_torpor "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}";'
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", SOURCES / "torpor.bash",
                               os.environ["TORPOR"], *map(str, words)], capture_output=True,
                              text=True, cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return sorted(done.stdout.split("\n")[:-1]) if done.stdout.strip() else []

    def test_commands(self):
        self.assertEqual(self.complete(""), sorted(commands() + ["--help", "--version"]))
        self.assertEqual(self.complete("v"), ["verify"])

    def test_every_option(self):
        for command in commands():
            offered = self.complete(command, "--")
            wanted = [option for option in options(command) if option.startswith("--")]
            self.assertEqual(offered, sorted(wanted), command)

    def test_values(self):
        for words in (("get", "f", "p", "--format", ""), ("get", "-f", ""),
                      ("get", "--format", "=", "")):
            self.assertEqual(self.complete(*words), ["csv", "json", "npy", "raw"])
        self.assertEqual(self.complete("convert", "--to", "n"), ["npz"])
        self.assertEqual(self.complete("convert", "--to", "=", "n"), ["npz"])
        self.assertEqual(self.complete("convert", "--to", "="), ["json", "msgpack", "npz"])
        self.assertEqual(self.complete("diff", "--rtol", ""), [])

    def test_files_and_paths(self):
        (self.folder / "sub").mkdir()
        self.assertEqual(self.complete("prune", ""), ["sub"])
        self.assertEqual(self.complete("ls", "net"), ["network-a.msgpack", "network-b.msgpack"])
        self.assertEqual(self.complete("diff", "network-a.msgpack", "network-b"),
                         ["network-b.msgpack"])
        nodes = "populations/nodes/iaf_psc_alpha/"
        self.assertEqual(self.complete("get", "network-a.msgpack", nodes + "V_"),
                         [nodes + "V_m", nodes + "V_th"])
        self.assertEqual(self.complete("get", "--unit", "mV", "network-a.msgpack", nodes + "V_m"),
                         [nodes + "V_m"])

    def test_nothing_in_a_file_is_run(self):
        """Names of values are words, whatever they look like."""
        name = b"$(touch run)`touch run`"
        (self.folder / "evil").write_bytes(b"\x81" + bytes([0xa0 + len(name)]) + name + b"\x01")
        self.assertEqual(len(self.complete("get", "evil", "")), 1)
        self.assertFalse((self.folder / "run").exists())


unittest.main(verbosity=2)
