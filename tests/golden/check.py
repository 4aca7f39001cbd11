"""check.py DUMP FOLDER: every NN_name.msgpack decodes to the values of NN_name.json, which is what
braintools returns, read from the file and from memory."""
import hashlib
import json
import pathlib
import subprocess
import sys


def difference(expected, found, path=""):
    """Where two nodes differ, or None."""
    if expected["t"] != found["t"]:
        return f"{path}: expected {expected['t']}, found {found['t']}"
    if expected["t"] == "map":
        expected_keys = [key for key, _ in expected["v"]]
        found_keys = [key for key, _ in found["v"]]
        if expected_keys != found_keys:
            return f"{path}: expected keys {expected_keys}, found {found_keys}"
        pairs = [(key, a, b) for (key, a), (_, b) in zip(expected["v"], found["v"])]
    elif expected["t"] == "array":
        if len(expected["v"]) != len(found["v"]):
            return f"{path}: expected {len(expected['v'])} elements, found {len(found['v'])}"
        pairs = [(str(i), a, b) for i, (a, b) in enumerate(zip(expected["v"], found["v"]))]
    else:
        expected = {name: value for name, value in expected.items() if name != "repr"}
        if "sha256" in expected:
            payload = bytes.fromhex(found.pop("hex"))
            found |= {"sha256": hashlib.sha256(payload).hexdigest(), "nbytes": len(payload)}
        return None if expected == found else f"{path}: expected {expected}, found {found}"
    for key, a, b in pairs:
        where = difference(a, b, f"{path}/{key}")
        if where:
            return where
    return None


def main():
    dump, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    files = sorted(folder.glob("*.msgpack"))
    failures = 0
    for file in files:
        expected = json.loads(file.with_suffix(".json").read_text())["expected_without_target"]
        for options in ([], ["--memory"]):
            run = subprocess.run([dump, *options, file], capture_output=True, text=True)
            where = run.stderr or difference(expected, json.loads(run.stdout))
            if where:
                print(f"{file.name} {options}: {where}"[:2000])
                failures += 1
    print(f"{len(files)} files, {failures} failures")
    sys.exit(failures > 0 or not files)


main()
