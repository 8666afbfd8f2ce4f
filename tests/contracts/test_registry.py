"""The registry holds every public function, and nothing else."""

from __future__ import annotations

import inspect
import pickle

import callstats
import pytest
from registry import ROWS


def public_functions() -> set[str]:
    names = set()
    for topic in callstats.__all__:
        module = getattr(callstats, topic)
        if inspect.isfunction(module):
            names.add(f"{module.__module__}.{module.__name__}")
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                names.add(f"{thing.__module__}.{thing.__name__}")
    return names


def test_every_public_function_has_a_row():
    registered = [row.name for row in ROWS]
    assert len(registered) == len(set(registered))
    assert set(registered) == public_functions()


@pytest.mark.parametrize("topic", sorted({*callstats.__all__} - {"__version__", "show"}))
def test_completion_offers_what_is_public_alone(topic):
    module = getattr(callstats, topic)
    assert dir(module) == sorted(module.__all__)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_functions_can_be_pickled(row):
    assert pickle.loads(pickle.dumps(row.function)) is row.function  # noqa: S301 - our own bytes


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_docstrings_are_whole(row):
    text = inspect.getdoc(row.function) or ""
    sections = ["Parameters", "Returns", "Examples"]
    if ".erlang." in row.name or ".staffing." in row.name:
        sections += ["Raises", "Notes"]
    for section in sections:
        assert f"{section}\n---" in text, f"{row.name} lacks the section {section}"
    for argument in inspect.signature(row.function).parameters.values():
        if argument.name not in {"invalid", "threads", "out"}:
            assert argument.name in text, f"{row.name} does not tell of {argument.name}"
