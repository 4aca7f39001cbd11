"""Models, each in a child of its own of this process: sweep.py cut|resume FOLDER mechanisms|mixed [NAME...]

    cut     simulate without checkpoints; then with three, until SIGKILL ends it after the third
    resume  in another process, so that memory lies elsewhere: from each of the three checkpoints to the end

TORPOR_NEURON_SOLVER in the environment: "cvode", "local" or "ida", a variable step. Then all take the same checkpoints.

The outcome of each is a line of FOLDER/cut.json or FOLDER/resumed.json; states at the end are files in FOLDER/NAME.
"""

import importlib
import json
import os
import signal
import sys
from pathlib import Path

from neuron import h

import torpor_neuron as tn
from networks import use_solver

UNTIL = 55.0  # ms
CUTS = [1, 2, 3]
SOLVER = os.environ.get("TORPOR_NEURON_SOLVER", "")
models = importlib.import_module(sys.argv[3])


def build(name):
    h.load_file("stdrun.hoc")
    h.dt = 0.025
    use_solver(SOLVER)
    return models.MODELS[name](name)


def straight(name, folder):
    keep = build(name)
    if SOLVER:
        tn.every(models.every(name), dir=folder / "straight", resume="never")
    h.tstop = UNTIL
    h.run()
    tn.finish()
    tn.save(folder / "straight.msgpack")
    return keep


def killed(name, folder):
    keep = build(name)
    tn.every(models.every(name), dir=folder / "checkpoints", keep=len(CUTS), resume="never", mode="sync")
    h.tstop = models.every(name) * (CUTS[-1] + 0.5)
    h.run()
    os.kill(os.getpid(), signal.SIGKILL)
    return keep


def resumed(name, folder, number):
    keep = build(name)
    checkpoint = sorted((folder / "checkpoints").glob("ckpt-*.msgpack"))[number - 1]
    tn.every(models.every(name) if SOLVER else "500 ms", dir=folder / f"resumed-{number}", resume=checkpoint)
    h.tstop = UNTIL
    h.run()
    tn.finish()
    tn.save(folder / f"resumed-{number}.msgpack")
    return keep


def known_mechanisms():
    """The names of all mechanisms and point processes that NEURON knows, those of MOD files included."""
    names, name = [], h.ref("")
    for kind in (0, 1):
        types = h.MechanismType(kind)
        for number in range(int(types.count())):
            types.select(number)
            types.selected(name)
            names.append(name[0])
    return names


def in_a_child(function, *arguments):
    """Call the function in a child. Returns "", or how the child ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            function(*arguments)
            os._exit(0)
        except BaseException as error:
            os.write(writing, f"{type(error).__name__}: {error}".encode()[:4000])
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "" if status == 0 else text or f"status {status}"


def main():
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "cut":
        results = {}
        for name in sys.argv[4:] or models.MODELS:
            (folder / name).mkdir()
            results[name] = {"straight": in_a_child(straight, name, folder / name)}
            if not results[name]["straight"]:
                results[name]["killed"] = in_a_child(killed, name, folder / name)
        (folder / "cut.json").write_text(json.dumps({"known": known_mechanisms(), "results": results}))
    else:
        cut = json.loads((folder / "cut.json").read_text())["results"]
        names = [name for name, result in cut.items() if "killed" in result]
        results = {name: [in_a_child(resumed, name, folder / name, number) for number in CUTS] for name in names}
        (folder / "resumed.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main()
