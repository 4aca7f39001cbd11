"""Scripts in forks of one process that has imported what they begin with. A fresh process takes most of its time for that.

    forks.py CONNECTION MODULE...    runs a script for each request of Forks.begin()

For runs that others are compared with, for those that are to be killed, and for refusals. What is resumed is resumed in a fresh
process, where memory lies elsewhere.
"""

import gc
import importlib
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection, Pipe
from pathlib import Path


class Forks:
    """The parent of the forks, which is started for the first of them and ends with this process."""

    def __init__(self, folder, *modules):
        """The parent imports `modules`, those of `folder` too."""
        self.folder, self.modules, self.connection = folder, modules, None

    def begin(self, script, arguments, cwd, environment, seconds):
        """Start a script. There is one at a time."""
        if self.connection is None:
            self.connection, other_end = Pipe()
            number = other_end.fileno()
            subprocess.Popen(
                [sys.executable, __file__, str(number), *self.modules], cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, pass_fds=[number]
            )  # fmt: skip
            other_end.close()
        self.connection.send((str(script), arguments, cwd, environment, seconds))

    def end(self):
        """Wait for its end. Returns status, output and errors as subprocess.run() does."""
        status, *texts = self.connection.recv()
        return subprocess.CompletedProcess((), status, *(text.decode() for text in texts))

    def run(self, *request):
        self.begin(*request)
        return self.end()


def run(script, arguments, cwd, environment, seconds):
    """Begin the script as the interpreter does."""
    signal.alarm(seconds)
    if cwd:
        os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


def main():
    connection = Connection(int(sys.argv[1]))
    sys.path[0] = os.getcwd()
    for name in sys.argv[2:]:
        importlib.import_module(name)
    gc.freeze()  # so that forks do not look through all of that when they end
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        files = [tempfile.TemporaryFile() for _ in range(2)]
        child = os.fork()
        if child == 0:
            for number, file in enumerate(files, start=1):
                os.dup2(file.fileno(), number)
            return run(*request)  # and the process ends like one that was started for the script
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.send((status, *(os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0) for file in files)))


if __name__ == "__main__":
    main()
