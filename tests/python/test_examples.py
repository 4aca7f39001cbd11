"""The examples run, and say what they should."""

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / 'examples' / 'python'


def test_tutorial(tmp_path):
    """All of the tutorial, and with its last step the training run of train.py."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / 'tutorial.py', tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == 'All 12 steps are as they should be.'
    assert lines[-3].endswith('identical')
    assert f'Saving checkpoint into {tmp_path}/model_checkpoint.msgpack' in lines
    assert f'Loading checkpoint from {tmp_path}/model_checkpoint.msgpack' in lines
    assert not [name for name in os.listdir(tmp_path) if name.startswith('.')]


def test_readme(tmp_path, monkeypatch):
    """Its blocks run one after the other, as somebody reads them."""
    monkeypatch.chdir(tmp_path)
    readme = Path(__file__).parents[2] / 'host-api' / 'python' / 'README.md'
    names = {}
    for block in re.findall(r'^```python\n(.*?)^```$', readme.read_text(), re.DOTALL | re.MULTILINE):
        exec(compile(block, str(readme), 'exec'), names)
    assert sorted(os.listdir()) == ['checkpoints', 'epoch-0.msgpack', 'epoch-1.msgpack', 'epoch-2.msgpack', 'model.msgpack']
    assert names['restored']['epoch'] == 12
    assert names['v'].unit == 'mV' and names['v'][0] == -62.0
