"""The reading commands, on files of all kinds."""
import ast
import json
import os
import struct
import subprocess
import unittest

from tool import FAILED, FINE, GOLDEN, USAGE, Folder, flip, run, run_json, start

V_M = "populations/neurons/ex~0c/V_m"
TAU = "populations/neurons/ex~0c/tau_m"
NODES = "populations/nodes/iaf_psc_alpha/"
WEIGHTS = "populations/neurons/ex~0c/weights/values"


class Checkpoints(Folder):
    def test_info(self):
        shown = run_json("info", "--json", self.newest)
        self.assertEqual(shown["what"], "checkpoint")
        self.assertEqual(shown["integrity"], "whole")
        self.assertEqual(shown["size"], self.newest.stat().st_size)
        self.assertEqual(shown["host"], {"name": "demo", "version": "1.2"})
        self.assertEqual(shown["clock"], {"value": 30.0, "unit": "ms"})
        self.assertEqual(shown["step"], 300)
        self.assertEqual(shown["provenance"], {"machine": "here"})
        for word in ("demo 1.2", "30.0 ms", "intact: every byte was checked", "coba n=4 \\x1b[31m"):
            self.assertIn(word, run("info", self.newest))

    def test_info_of_folder(self):
        flip(self.newest, 100000)
        done = subprocess.run([os.environ["TORPOR"], "info", "--json", self.folder],
                              capture_output=True)
        self.assertEqual(done.returncode, FAILED)
        shown = json.loads(done.stdout)
        self.assertEqual([one["step"] for one in shown], [300, 200, 100])
        self.assertEqual([one["integrity"] for one in shown], ["damaged", "whole", "whole"])
        lines = start("info", self.folder).stdout.decode().splitlines()
        self.assertEqual([line.split()[-1] for line in lines[1:]], ["damaged", "intact", "intact"])

    def test_folders_of_further_trajectories(self):
        """Also what is in their sub-folders, each file once."""
        names = [self.newest.name, "ends/run-2-01.msgpack", "ends/run-10-02.msgpack",
                 "ends/run-2-01.shard-0.msgpack", f"run-2/{self.newest.name}",
                 "run-2/ends/run-1-03.msgpack", f"network-10/{self.newest.name}",
                 f"abandoned-1/{self.newest.name}", f"other/{self.newest.name}"]
        for name in names[1:]:
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_bytes(self.newest.read_bytes())
        listed = [names[i] for i in (1, 2, 4, 5, 6)]
        shown = run_json("info", "--json", self.folder)
        self.assertEqual([one["path"] for one in shown[3:]], [f"{self.folder}/{name}" for name in listed])
        lines = run("info", self.folder).splitlines()
        self.assertIn(f"{self.folder}/ends: 2 ends of runs of the script", lines)
        self.assertIn(f"{self.folder}/run-2: 1 checkpoint, newest first", lines)
        flip(self.folder / listed[-2], 100000)
        checked = json.loads(start("verify", "--json", self.folder).stdout)
        self.assertEqual([one["path"] for one in checked[3:]], [one["path"] for one in shown[3:]])
        self.assertEqual([one["ok"] for one in checked[3:]], [True, True, True, False, True])

    def test_ls(self):
        listed = {node["path"]: node for node in run_json("ls", "--json", self.newest)}
        self.assertNotIn("__torpor_index__", listed)
        self.assertEqual(listed[V_M] | {"bytes": 0},
                         {"path": V_M, "kind": "quantity", "dtype": "float64", "shape": [4],
                          "bytes": 0, "unit": "mV"})
        self.assertEqual(listed[TAU]["shape"], [4])
        self.assertTrue(listed[TAU]["stored_once"])
        self.assertEqual(listed[WEIGHTS]["shape"], [100000])
        self.assertEqual(listed["host/name"]["value"], "demo")
        hidden = "populations/neurons/ex~0c/scratch"
        self.assertNotIn(hidden, listed)
        everything = [node["path"] for node in run_json("ls", "--json", "--all", self.newest)]
        self.assertIn(hidden, everything)
        of_layout = [path for path in everything if path.split("/")[0] == "layout"]
        self.assertTrue(of_layout)
        self.assertFalse(set(of_layout) & set(listed))
        self.assertEqual(of_layout[1:], [node["path"] for node in run_json("ls", "--json", self.newest, "layout")])
        line = [line for line in run("ls", self.newest).splitlines() if "tau_m" in line][0]
        for word in ("float64 [4]", "ms", "stored once"):
            self.assertIn(word, line)
        self.assertEqual(run("ls", self.newest, "host").split(),
                         ["name", "text", '"demo"', "version", "text", '"1.2"'])
        self.assertEqual(len(run_json("ls", "--json", self.newest, V_M)), 1)

    def test_get(self):
        self.assertEqual(run_json("get", self.newest, V_M), [-70, -65.5, -60, -0.1])
        self.assertEqual(run_json("get", self.newest, "/" + V_M), [-70, -65.5, -60, -0.1])
        self.assertEqual(run_json("get", self.newest, V_M, "--unit", "V"),
                         [-0.07, -0.0655, -0.06, -0.0001])
        self.assertEqual(run("get", self.newest, "clock").strip(), "30.0")
        self.assertEqual(run("get", self.newest, "clock", "--unit=s").strip(), "0.03")
        self.assertEqual(run_json("get", self.newest, "step"), 300)
        self.assertEqual(run_json("get", self.newest, "host"), {"name": "demo", "version": "1.2"})
        self.assertEqual(run_json("get", self.newest, TAU), [20.0] * 4)
        self.assertEqual(run_json("get", self.newest, ""), run_json("get", self.newest, "/"))
        everything = run_json("get", self.newest, "populations/neurons/ex~0c")
        self.assertEqual(everything["tau_m"], {"value": [20.0] * 4, "unit": "ms"})
        self.assertEqual(run("get", self.newest, "host/name", "--format", "raw"), "demo")

    def test_get_slices(self):
        everything = [i * 0.5 for i in range(100000)]
        for text, wanted in (("0:10", slice(0, 10)), (":3", slice(3)), ("-2:", slice(-2, None)),
                             (":", slice(None)), ("99999:", slice(99999, None)),
                             ("5:2", slice(5, 2)), ("-5:-3", slice(-5, -3)),
                             ("16383:16386", slice(16383, 16386)),
                             ("200000:300000", slice(200000, 300000))):
            for options in (["--slice=" + text], ["-s", text]):
                self.assertEqual(run_json("get", self.newest, WEIGHTS, *options), everything[wanted])
        self.assertEqual(run_json("get", self.newest, TAU, "--slice", "1:3"), [20.0] * 2)
        for text in ("x", "1", "1:2:3", "1:b"):
            self.assertIn("--slice", run("get", self.newest, WEIGHTS, "--slice", text, status=USAGE))
        self.assertIn("array", run("get", self.newest, "clock", "--slice", "0:1", status=USAGE))

    def test_get_lists_of_a_ragged_field(self):
        """Neuron i has i % 5 spikes; the n-th of all is at n // 2 * 0.1 ms."""
        spikes = NODES + "spikes"
        lists, n = [], 0
        for neuron in range(12):
            lists.append([(n + i) // 2 * 0.1 for i in range(neuron % 5)])
            n += neuron % 5
        near = lambda found: [[round(time, 6) for time in times] for times in found]
        self.assertEqual(near(run_json("get", self.network_a, spikes, "--slice", "0:12")), near(lists))
        self.assertEqual(near(run_json("get", self.network_a, spikes, "-s", "7:8")), near(lists[7:8]))
        seconds = run_json("get", self.network_a, spikes, "-s", "7:8", "--unit", "s")
        self.assertEqual(near([[time * 1000 for time in seconds[0]]]), near(lists[7:8]))
        lines = run("get", self.network_a, spikes, "-s", "0:12", "-f", "csv").split("\n")
        self.assertEqual(near([map(float, filter(None, line.split(","))) for line in lines[:12]]), near(lists))
        raw = run("get", self.network_a, spikes, "-s", "8:10", "-f", "raw", text=False)
        self.assertEqual(near([struct.unpack("<7d", raw)]), near([lists[8] + lists[9]]))
        self.assertEqual(run_json("get", self.network_a, spikes, "--slice", "12499:"), [run_json(
            "get", self.network_a, spikes + "/values", "--slice", "-4:")])
        self.assertEqual(len(run_json("get", self.newest, "populations/neurons/ex~0c/weights", "-s", "2:4")[1]), 25000)
        self.assertIn("counts", run_json("get", self.network_a, spikes))  # as it is in the file

    def test_get_formats(self):
        values = [-70, -65.5, -60, -0.1]
        self.assertEqual([float(line) for line in run("get", self.newest, V_M, "-f", "csv").split()],
                         values)
        raw = run("get", self.newest, V_M, "-f", "raw", text=False)
        self.assertEqual(list(struct.unpack("<4d", raw)), values)
        npy = run("get", self.newest, V_M, "-f", "npy", text=False)
        self.assertEqual(npy[:8], b"\x93NUMPY\1\0")
        head = struct.unpack("<H", npy[8:10])[0]
        self.assertEqual((10 + head) % 64, 0)
        self.assertEqual(ast.literal_eval(npy[10:10 + head].decode()),
                         {"descr": "<f8", "fortran_order": False, "shape": (4,)})
        self.assertEqual(npy[10 + head:], raw)
        large = run("get", self.newest, WEIGHTS, "-f", "raw", "-u", "S", text=False)
        self.assertEqual(struct.unpack("<100000d", large), tuple(i * 0.5 / 1e9 for i in range(100000)))

    def test_get_refusals(self):
        self.assertIn('there is no "nope"', run("get", self.newest, "nope", status=FAILED))
        self.assertIn("dimension", run("get", self.newest, V_M, "--unit", "ms", status=FAILED))
        self.assertIn("unknown unit", run("get", self.newest, V_M, "--unit", "furlongz", status=FAILED))
        self.assertIn("no unit", run("get", self.newest, "step", "--unit", "mV", status=FAILED))
        self.assertIn("needs numbers", run("get", self.newest, "host", "-f", "csv", status=USAGE))
        self.assertIn("expected json, csv", run("get", self.newest, V_M, "-f", "xml", status=USAGE))
        self.assertIn("is a folder", run("get", self.folder, V_M, status=USAGE))

    def test_verify(self):
        self.assertEqual(run("verify", self.folder).count("fine"), 3)
        self.assertEqual([one["ok"] for one in run_json("verify", "--json", self.newest, self.middle)],
                         [True, True])
        size = self.newest.stat().st_size
        flip(self.newest, 400000)
        self.assertIn(WEIGHTS, run("verify", self.newest, status=FAILED))
        self.assertIn(WEIGHTS, run("verify", self.folder, status=FAILED))
        flip(self.newest, 400000)
        for place in (0, 50, 900, size - 49, size - 20, size - 1):
            flip(self.newest, place)
            run("verify", self.newest, status=FAILED)
            flip(self.newest, place)
        os.truncate(self.newest, size - 1)
        run("verify", self.newest, status=FAILED)
        os.truncate(self.newest, size // 2)
        run("verify", self.newest, status=FAILED)
        os.truncate(self.newest, 0)
        self.assertIn("empty", run("verify", self.newest, status=FAILED))

    def test_latest(self):
        self.assertEqual(run("latest", self.folder), f"{self.newest}\n")
        os.truncate(self.newest, 5000)
        done = subprocess.run([os.environ["TORPOR"], "latest", self.folder], capture_output=True,
                              text=True)
        self.assertEqual((done.returncode, done.stdout), (FINE, f"{self.middle}\n"))
        self.assertIn(self.newest.name, done.stderr)
        for file in self.folder.glob("*.msgpack"):
            flip(file, 700)
        run("latest", self.folder, status=FAILED)
        for file in self.folder.glob("*.msgpack"):
            file.unlink()
        self.assertIn("no checkpoints", run("latest", self.folder, status=FAILED))
        run("latest", self.folder / "nope", status=FAILED)


class BraintoolsFiles(unittest.TestCase):
    def test_every_command(self):
        for file in sorted(GOLDEN.glob("*.msgpack")):
            with self.subTest(file.name):
                shown = run_json("info", "--json", file)
                self.assertEqual((shown["what"], shown["integrity"]), ("tree", "structure"))
                run("info", file)
                run("ls", file)
                listed = run_json("ls", "--json", file)
                self.assertTrue(run_json("verify", "--json", file)[0]["ok"])
                run_json("get", file, "")
                for node in listed:
                    run_json("get", file, "--", node["path"])

    def test_values(self):
        file = GOLDEN / "16_quantities_array.msgpack"
        self.assertEqual(run("get", file, "mV").strip(), "[-70.0, -65.5, NaN]")
        self.assertEqual(run("get", file, "mV", "--unit", "V").strip(), "[-0.07, -0.0655, NaN]")
        self.assertEqual(run_json("get", GOLDEN / "20_chunked.msgpack", "w", "-s", "1:2"),
                         [[float(i) for i in range(10, 20)]])
        floats = GOLDEN / "06_floats.msgpack"
        expected = json.loads(floats.with_suffix(".json").read_text())["expected_without_target"]
        for key, node in expected["v"]:
            value = struct.unpack(">d", bytes.fromhex(node["be_hex"]))[0]
            self.assertEqual(repr(json.loads(run("get", floats, key.replace("~", "~0")))), repr(value))


class Words(unittest.TestCase):
    def test_help(self):
        self.assertIn("verify", run("--help"))
        self.assertRegex(run("--version"), r"^torpor \d+\.\d+\.\d+\n$")
        for command in ("info", "ls", "get", "verify", "latest"):
            self.assertIn(f"torpor {command}", run(command, "--help"))

    def test_wrong_usage(self):
        run(status=USAGE)
        self.assertIn("no command", run("frobnicate\033", status=USAGE))
        self.assertNotIn("\033", run("frobnicate\033", status=USAGE))
        run("ls", status=USAGE)
        run("ls", "--nope", "x", status=USAGE)
        run("get", "x", status=USAGE)
        run("latest", "a", "b", status=USAGE)

    def test_not_found(self):
        for words in (("info", "/nope"), ("ls", "/nope"), ("get", "/nope", "x"), ("verify", "/nope")):
            self.assertIn("No such file", run(*words, status=FAILED))

    def test_full_disk(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([os.environ["TORPOR"], "ls", GOLDEN / "01_nested.msgpack"],
                                  stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("standard output", done.stderr)


unittest.main(verbosity=2)
