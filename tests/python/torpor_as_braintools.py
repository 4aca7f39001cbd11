"""A pytest plugin: braintools.file's public names are torpor's. With it braintools' own tests of
its checkpoints run against this package."""

import os

import braintools.file
import braintools.file._msg_checkpoint

import torpor

for _module in (braintools.file, braintools.file._msg_checkpoint):
    for _name in (
        'msgpack_save', 'msgpack_load', 'msgpack_from_state_dict', 'msgpack_to_state_dict',
        'msgpack_register_serialization', 'AsyncManager',
    ):
        setattr(_module, _name, getattr(torpor, _name))
braintools.file._msg_checkpoint._STATE_DICT_REGISTRY = torpor._registry._STATE_DICT_REGISTRY
torpor.braintools_compat(os.environ.get('TORPOR_TEST_COMPAT') == '1')
