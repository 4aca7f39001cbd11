"""Another NEURON than the wheel that the adapter knows is refused by name when the package is imported."""

import os
import shutil
import subprocess
import sys

import pytest

# Another library than NEURON's answers when a symbol is looked for.
ANSWERS = """#define _GNU_SOURCE
    #include <dlfcn.h>
    #include <string.h>
    void *dlsym(void *handle, const char *name)
    {
        void *(*original)(void *, const char *) = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
        if (original == NULL)
            original = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
        return strcmp(name, "%s") == 0 ? %s : original(handle, name);
    }"""
PRETENDED = {
    "version": ("char *_Z11nrn_versioni(int which) { (void)which; return \"8.2.7\"; }", "NEURON 8.2.7 is running: install neuron==9.0.2"),
    # A class that is laid out otherwise: what says where a WatchCondition holds its list is not there.
    "layout": (ANSWERS % ("_ZThn48_N14WatchConditionD0Ev", "NULL"), "lacks _ZThn48_N14WatchConditionD0Ev"),
    # A queue whose bins are not where they are expected.
    "queue": (ANSWERS % ("_ZTV4BinQ", "(void *)name"), "keeps its queue of events otherwise"),
}


@pytest.mark.parametrize("what", PRETENDED)
def test_another_neuron_is_refused(tmp_path, what):
    source, expected = PRETENDED[what]
    (tmp_path / "pretends.c").write_text(source)
    subprocess.run([shutil.which("cc"), "-shared", "-fPIC", "-o", "pretends.so", "pretends.c"], cwd=tmp_path, check=True)
    done = subprocess.run([sys.executable, "-c", "import torpor_neuron"], capture_output=True, text=True,
                          env={**os.environ, "LD_PRELOAD": str(tmp_path / "pretends.so")})  # fmt: skip
    assert done.returncode == 1 and expected in done.stderr, done.stderr
