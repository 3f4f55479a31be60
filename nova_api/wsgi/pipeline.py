"""Picks one of several pipelines of a composite by the options ``auth_strategy`` and ``api_rate_limit``."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any
from wsgiref.types import WSGIApplication

from nova_api import conf as nova_conf
from nova_api.wsgi.filter import Reached
from nova_api.wsgi.options import OptionError


def pipeline_factory(loader: Any, global_conf: Mapping[str, str], **local_conf: str) -> WSGIApplication:
    """The ``paste.composite_factory``: each key is a pipeline, "filter filter … app", outermost first.

    The key is the option ``auth_strategy``, with ``_nolimit`` after it when
    ``api_rate_limit`` is off.  Raises OptionError when the section lacks it.
    """
    key = chosen()
    if key not in local_conf:
        raise OptionError(
            key,
            "is missing: the options auth_strategy and api_rate_limit ask for it, and the section has "
            + (", ".join(local_conf) or "no pipeline"),
        )
    return assemble(loader, global_conf, key, local_conf[key])


def chosen() -> str:
    """The key that the active configuration asks for."""
    conf = nova_conf.active()
    strategy: str = conf.auth_strategy
    return strategy if conf.api_rate_limit else f"{strategy}_nolimit"


def assemble(loader: Any, global_conf: Mapping[str, str], key: str, pipeline: str) -> WSGIApplication:
    """The application that the names at ``key`` stand for, the last inside all the others."""
    names = pipeline.split()
    if not names:
        raise OptionError(key, "is empty: it needs at least the name of an application")
    filters = [loader.get_filter(name, global_conf=global_conf) for name in names[:-1]]
    app: WSGIApplication = loader.get_app(names[-1], global_conf=global_conf)
    asked = any(map(_asks_who_answered, filters))
    if asked:
        app = Reached(app, "")
    for name, each in zip(reversed(names[:-1]), reversed(filters), strict=True):
        app = Reached(each(app), name) if asked else each(app)
    return app


def _asks_who_answered(made: Any) -> bool:
    """Of what a filter's factory made; the loader has put a function around it."""
    return getattr(getattr(inspect.unwrap(made), "func", None), "ASKS_WHO_ANSWERED", False)
