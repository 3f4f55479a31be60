"""A filter lists its options in its docstring: all of them."""

import importlib
import pkgutil

import pytest

from nova_api.wsgi import filters
from nova_api.wsgi.filter import Filter

CLASSES = [
    thing
    for found in pkgutil.iter_modules(filters.__path__)
    for thing in vars(importlib.import_module(f"{filters.__name__}.{found.name}")).values()
    if isinstance(thing, type) and thing.__module__.endswith(f".{found.name}") and hasattr(thing, "factory")
]


@pytest.mark.parametrize("filter_class", CLASSES, ids=lambda each: each.__name__)
def test_options_are_in_the_docstring(filter_class):
    text = filter_class.__doc__
    assert "Options" in text or "no options" in text
    if issubclass(filter_class, Filter):
        assert [option.name for option in filter_class.OPTIONS if f"{option.name}:" not in text] == []


def test_all_filters_were_found():
    assert {each.__module__ for each in CLASSES} == {
        f"{filters.__name__}.{found.name}" for found in pkgutil.iter_modules(filters.__path__)
    }
