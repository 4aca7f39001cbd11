"""torpor diff: what differs, by path."""
import itertools
import os
import re
import shutil
import struct
import unittest

from tool import FAILED, FINE, GOLDEN, USAGE, Folder, flip, on_terminal, run, run_json, start

NODES = "populations/nodes/iaf_psc_alpha/"
MEMORY = "populations/recorders/memory"
COUNTS = "; at most 100 absolute, 0.333 relative"


class Checkpoints(Folder):
    def test_equal(self):
        copy = self.folder / "copy"
        for file in (self.newest, self.network_a):
            shutil.copy(file, copy)
            self.assertEqual(run("diff", file, copy), "equal\n")
            self.assertEqual(run("diff", file, file, "--all"), "equal\n")
            shown = run_json("diff", "--json", file, copy)
            self.assertEqual((shown["equal"], shown["differences"], shown["damaged"]), (True, [], []))
            self.assertEqual((shown["a"], shown["b"]), (str(file), str(copy)))

    def test_of_two_times(self):
        done = start("diff", self.oldest, self.newest)
        self.assertEqual(done.returncode, FAILED)
        self.assertEqual(done.stdout.decode().splitlines(),
                         ["clock: 10, 30 ms; 20 ms absolute, 0.667 relative",
                          "step: 100, 300; 200 absolute, 0.667 relative"])
        self.assertEqual(start("diff", "--ulp", self.oldest, self.newest).stdout.decode().splitlines(),
                         ["clock: 10, 30 ms; 20 ms absolute, 0.667 relative, 7.3e+15 ULP",
                          "step: 100, 300; 200 absolute, 0.667 relative"])
        self.assertEqual(done.stderr, b"")

    def test_which_neurons_and_synapses(self):
        lines = start("diff", self.network_a, self.network_b).stdout.decode().splitlines()
        self.assertEqual(
            [line.split(";")[0] for line in lines],
            [NODES + "V_m: 3 of 12500 differ, first in row 17 (-65.017, -65.01599999999999 mV)",
             NODES + "V_th: 12500 of 12500 differ, first in row 0 (-55, -50 mV)",
             NODES + "spikes/values: 1 of 25000 differ, first in row 12 (1, 1.05 ms)",
             "populations/connections/static_synapse/weight: 1 of 200000 differ, first in row "
             "150000: source 4, steps 0 (9.5, 10.5)"])

    def test_of_recordings(self):
        """The voltage first, though the file has it last; then events, of which one run has more."""
        lines = start("diff", self.events_a, self.events_b).stdout.decode().splitlines()
        self.assertEqual(lines, [
            MEMORY + "/V_m/values: unit: mV, V",
            MEMORY + "/senders/values: 410, 610 rows",
            MEMORY + "/senders/counts: 2 of 3 differ, first in row 0: node 900 (200, 300)" + COUNTS,
            MEMORY + "/times/values: 410, 610 rows",
            MEMORY + "/times/counts: 2 of 3 differ, first in row 0: node 900 (200, 300)" + COUNTS,
            MEMORY + "/V_m/counts: 1 of 3 differ, first in row 2: node 902 (200, 300)" + COUNTS])

    def test_what_hosts_hide_comes_last(self):
        scratch = "populations/neurons/ex~0c/scratch: 1 of 4 differ, first in row 2 (3, 30)"
        lines = start("diff", self.middle, self.hidden).stdout.decode().splitlines()
        self.assertEqual([line.split(":")[0] for line in lines[:2]], ["clock", "step"])
        self.assertEqual(lines[2:], ["generators: only in the second: map",
                                     "1 hidden value differs too; --all shows it"])
        lines = start("diff", "--all", self.middle, self.hidden).stdout.decode().splitlines()
        self.assertEqual([line.split(";")[0] for line in lines[2:]],
                         ["generators: only in the second: map", scratch])
        shown = run_json("diff", "--json", self.middle, self.hidden, status=FAILED)
        self.assertEqual([(one["path"], one["hidden"]) for one in shown["differences"]],
                         [("clock", False), ("step", False), (scratch.split(":")[0], True),
                          ("generators", False)])

    def test_what_alone_differs_is_shown(self):
        other = self.folder / "other"
        other.write_bytes(self.hidden.read_bytes())
        run("convert", "--no-index", other, self.folder / "bare")
        bare = (self.folder / "bare").read_bytes()
        state = struct.pack("<2Q", 1, 2)
        self.assertEqual(bare.count(state), 1)
        other.write_bytes(bare.replace(state, struct.pack("<2Q", 1, 3)))
        done = start("diff", self.hidden, other)
        self.assertEqual((done.returncode, done.stdout.decode()),
                         (FAILED, "generators/noise: 1 of 2 differ, first in row 1 (2, 3)\n"))

    def test_on_a_terminal(self):
        shown, status = on_terminal("diff", self.network_a, self.network_b, "--rows", "2")
        plain = re.sub("\033\\[[0-9;]*m", "", shown)
        self.assertNotEqual(shown, plain)
        self.assertEqual(status, FAILED)
        self.assertEqual([line.split(":")[0] for line in plain.splitlines()],
                         ["populations/nodes/iaf_psc_alpha", "  V_m", "      row 400 (-65.4, -64.9 mV)", "  V_th",
                          "  spikes/values", "",
                          "populations/connections/static_synapse", "  weight"])

    def test_rows(self):
        lines = start("diff", self.network_a, self.network_b, "--rows", "5").stdout.decode().splitlines()
        self.assertEqual(lines[1:3], ["    row 400 (-65.4, -64.9 mV)",
                                      "    row 12499 (-77.499, -77.49899999899999 mV)"])
        by_path = {one["path"]: one for one in run_json("diff", "--json", "-n", "3", self.network_a, self.network_b,
                                                        status=FAILED)["differences"]}
        self.assertEqual([one["row"] for one in by_path[NODES + "V_m"]["rows"]], [17, 400, 12499])
        weight = by_path["populations/connections/static_synapse/weight"]
        self.assertEqual(weight["labels"], {"source": 4, "steps": 0})
        self.assertEqual(weight["rows"], [{"row": 150000, "labels": weight["labels"], "a": "9.5", "b": "10.5"}])
        for value in ("0", "-1", "10001", "x"):
            run("diff", "--rows", value, self.network_a, self.network_b, status=USAGE)

    def test_each_population_has_its_voltages_first(self):
        other = GOLDEN.parent / "v3/zeros/ckpt-0000000000000200.msgpack"
        lines = start("diff", GOLDEN.parent / "v1/good/demo.msgpack", other).stdout.decode()
        neurons = re.findall("^populations/neurons/(.*)/(.*?):", lines, re.M)
        fields = {name: [field for _, field in group] for name, group in itertools.groupby(neurons, lambda found: found[0])}
        self.assertEqual(sum(map(len, fields.values())), len(neurons))
        self.assertEqual([(name, fields[name][0]) for name in fields], [("excitatory", "V_m"), ("inhibitory", "V_m")])

    def test_when_and_of_whom_it_was_recorded(self):
        run("convert", "--no-index", self.events_a, self.folder / "bare")
        bare = (self.folder / "bare").read_bytes()
        sample = struct.pack("<d", -69)
        self.assertEqual(bare.count(sample), 1)
        other = self.folder / "other"
        other.write_bytes(bare.replace(sample, struct.pack("<d", -68)))
        shown = start("diff", self.events_a, other).stdout.decode()
        self.assertEqual(shown.split(";")[0], f"{MEMORY}/V_m/values: 1 of 200 differ, first in row 2: "
                         "node 902, sender 1, time 5 (-69, -68 mV)")
        [found] = run_json("diff", "--json", self.events_a, other, status=FAILED)["differences"]
        self.assertEqual(found["labels"], {"node": 902, "sender": 1, "time": 5})
        self.assertNotIn("sender", start("diff", self.network_a, self.network_b).stdout.decode())

    def test_json(self):
        shown = run_json("diff", "--json", self.network_a, self.network_b, status=FAILED)
        self.assertFalse(shown["equal"])
        by_path = {one["path"]: one for one in shown["differences"]}
        V_m = by_path[NODES + "V_m"]
        self.assertEqual((V_m["differs"], V_m["elements"], V_m["different"], V_m["first"],
                          V_m["row"], V_m["unit"], V_m["a"]),
                         ("value", 12500, 3, 17, 17, "mV", "-65.017"))
        self.assertAlmostEqual(V_m["max_absolute"], 0.5)
        self.assertEqual((by_path[NODES + "spikes/values"]["first"],
                          by_path[NODES + "spikes/values"]["row"]), (21, 12))
        self.assertGreater(V_m["max_ulps"], 0)
        self.assertEqual(len(by_path), 4)

    def test_tolerances(self):
        words = ("diff", self.network_a, self.network_b, "--json")
        self.assertEqual(len(run_json(*words, "--atol", "1e-6", status=FAILED)["differences"]), 4)
        self.assertEqual([one["path"] for one in
                          run_json(*words, "--rtol", "0.096", status=FAILED)["differences"]],
                         [NODES + "V_th"])
        self.assertTrue(run_json(*words, "--rtol=0.12")["equal"])
        self.assertIn("within the tolerances",
                      run("diff", self.network_a, self.network_b, "--atol", "5"))
        for value in ("-1", "nan", "inf", "x"):
            run("diff", "--rtol", value, self.network_a, self.network_b, status=USAGE)

    def test_all(self):
        paths = {one["path"] for one in run_json("diff", "--json", "--all", self.network_a,
                                                 self.network_b, status=FAILED)["differences"]}
        self.assertIn("provenance/day", paths)
        bare = self.folder / "bare"
        run("convert", "--no-index", self.newest, bare)
        self.assertEqual(run("diff", self.newest, bare), "equal\n")
        self.assertEqual(run("diff", bare, self.newest), "equal\n")
        self.assertIn("__torpor_index__: only in the first",
                      start("diff", "--all", self.newest, bare).stdout.decode())

    def test_origin_is_not_state(self):
        good = GOLDEN.parent / "v1" / "good"
        files = good / "origin.msgpack", good / "every-kind.msgpack"
        self.assertEqual(run("diff", *files), "equal\n")
        shown = start("diff", "--all", *files).stdout.decode()
        self.assertIn("origin: only in the first: map", shown)
        self.assertNotIn("origin", run("ls", files[0]))
        self.assertIn("digests", run("ls", "--all", files[0]))
        self.assertIn("digests", run("ls", files[0], "origin"))
        self.assertNotIn("origin", run("info", "--json", files[0]).replace(str(files[0]), ""))

    def test_damage_is_never_equal(self):
        """One bit in either file, or the same bit in both: reported, and nothing compared."""
        copy = self.folder / "copy"
        shutil.copy(self.newest, copy)
        size = self.newest.stat().st_size
        for place in (0, 60, 900, 5000, 400000, size - 3000, size - 49, size - 20, size - 1):
            for files in ([self.newest], [copy], [self.newest, copy]):
                for file in files:
                    flip(file, place)
                done = start("diff", self.newest, copy)
                self.assertEqual((done.returncode, done.stdout), (FAILED, b""), (place, files))
                for file in files:
                    self.assertIn(str(file), done.stderr.decode())
                shown = run_json("diff", "--json", self.newest, copy, status=FAILED)
                self.assertEqual(({one["path"] for one in shown["damaged"]}, shown["equal"],
                                  shown["differences"]), (set(map(str, files)), False, []))
                for file in files:
                    flip(file, place)
        flip(copy, 400000)
        self.assertIn("weights", run("diff", self.newest, copy, status=FAILED))
        self.assertIn("is damaged", run("diff", copy, self.network_b, status=FAILED))
        for length in (size - 1, size // 2, 10, 0):
            os.truncate(copy, length)
            self.assertEqual(start("diff", copy, self.newest).returncode, FAILED)

    def test_refusals(self):
        self.assertIn("No such file", run("diff", self.newest, self.folder / "no", status=FAILED))
        self.assertIn("is a folder", run("diff", self.newest, self.folder, status=USAGE))
        run("diff", self.newest, status=USAGE)
        run("diff", self.newest, self.newest, self.newest, status=USAGE)
        with open("/dev/full", "w") as full:
            done = start("diff", self.oldest, self.newest, stdout=full)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"standard output", done.stderr)


class Golden(unittest.TestCase):
    def test_each_equals_itself_alone(self):
        files = sorted(GOLDEN.glob("*.msgpack"))
        self.assertGreater(len(files), 10)
        for a, b in itertools.product(files, files):
            status = FINE if a == b else FAILED
            self.assertEqual(run_json("diff", "--json", "--", a, b, status=status)["equal"], a == b)


unittest.main(verbosity=2)
