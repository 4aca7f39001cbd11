"""restore.py good|bad FOLDER GOLDEN-MODEL GOLDEN-NESTED [TINY-HOST TORPOR-DEMO]: every checkpoint of an earlier
Torpor restores to the state that it was saved from, and every bad file earns its error."""
import json
import pathlib
import subprocess
import sys
import tempfile

# What each file was saved by. The digest is of the state right after the restore: no step is made,
# so that no other CPU or libm can change it.
SAVED_BY = {
    "every-kind": ["{model}", "restore", "{file}"],
    "origin": ["{model}", "restore", "{file}"],
    "nested": ["{nested}", "restore", "{file}"],
    "tiny-host": ["{tiny}", "--steps", "500", "resume={file}", "dir=checkpoints"],
    "demo": ["{demo}", "--neurons", "100", "--seed", "7", "--duration", "40 ms", "--poisson-rate",
             "400 Hz", "--delays", "2 ms", "--stdp", "--resume", "{file}", "--dir", "checkpoints"],
}
DIGESTS = {
    "every-kind": "digest 1705edfb5f93279dba1d8cbc90bc87bb6273463431922100aa3ae28b247290e9",
    "origin": "digest 1705edfb5f93279dba1d8cbc90bc87bb6273463431922100aa3ae28b247290e9",
    "nested": "digest b3e2906032e342dabaed7705c5d8e5b03529f52ea7cb1e59515a8d3c52fc30af",
    "tiny-host": "digest 8bd399b71f488536 spikes 806",
    "demo": "digest d6063ca5dfe5a1ed92a21bc3da6285a8 spikes 80",
}


def last_line(command):
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return (run.stdout.strip().splitlines() or [run.stderr])[-1]


def check_good(folder, programs):
    for file in sorted(folder.glob("*.msgpack")):
        if not programs.keys() >= {word[1:-1] for word in SAVED_BY[file.stem]
                                   if word in ("{model}", "{nested}", "{tiny}", "{demo}")}:
            continue
        command = [word.format(file=file, **programs) for word in SAVED_BY[file.stem]]
        found = last_line(command)
        yield None if found == DIGESTS[file.stem] else f"{file.name}: {found}"


def check_bad(folder, programs):
    expected = json.loads((folder / "errors.json").read_text())
    files = {file.stem: file for file in sorted(folder.glob("*.msgpack"))}
    yield None if files.keys() == expected.keys() else f"{files.keys() ^ expected.keys()}"
    for name, file in files.items():
        found = last_line([programs["model"], "restore", file])
        error = expected[name]
        fits = found.startswith(f"status {error['status']}: ") and error["words"] in found
        yield None if fits else f"{file.name}: expected {error}, found {found}"


def main():
    kind, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    programs = dict(zip(("model", "nested", "tiny", "demo"), sys.argv[3:]))
    results = list({"good": check_good, "bad": check_bad}[kind](folder, programs))
    failures = [line for line in results if line]
    print("\n".join(failures))
    print(f"{len(results)} files, {len(failures)} failures")
    sys.exit(bool(failures) or not results)


main()
