"""The inputs that fuzzing found worth keeping: the first of each kind of path, and past faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_kept_inputs_give_answers_or_refusals(name):
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs
    for path in inputs:
        TARGETS[name](path.read_bytes())


def test_every_folder_of_inputs_has_its_target():
    assert sorted(path.name for path in CORPUS.iterdir()) == sorted(TARGETS)
