"""Finds what is wrong with an ini, in every section and every pipeline, without serving it."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterator, Mapping
from wsgiref.types import WSGIApplication

from oslo_config import cfg
from paste.deploy import loadwsgi

from nova_api import conf as nova_conf
from nova_api.neighbours.misconfigured import NotEmbedded
from nova_api.wsgi.ini import Ini
from nova_api.wsgi.ini_errors import PasteError
from nova_api.wsgi.inventory import Node, describe
from nova_api.wsgi.pipeline import assemble, pipeline_factory

#: What the programs load.
_SERVED = "osapi_compute"
_APPS = ("app", "application", "composite", "composit", "pipeline", "filter-app")


def check(conf: cfg.ConfigOpts, path: str) -> int:
    """How many sections of the ini at ``path`` make something; raises PasteError for the first that does not.

    What loading would find is found by loading: each application and filter
    is made with ``conf``, also those that no path leads to, and so is each
    pipeline, also those of other auth strategies than the configured one.  The
    sections of an embedded service that another one has replaced may stay.
    """
    with nova_conf.activate(conf):
        ini = Ini(path)
        made = 0
        for section in ini.parser.sections():
            kind, _, name = section.partition(":")
            name = name.strip() or "main"
            if kind in _APPS:
                with _left_over(name):
                    ini.get_app(name)
            elif kind == "filter":
                ini.get_filter(name)
            else:
                _refuse_slip(ini, section, kind)
                continue
            made += 1
        composites = {node.name: node for node in _all(ini.journal.nodes[0]) if _has_pipelines(node, ini)}
        for node in composites.values():
            with _left_over(node.name.partition(":")[2]):
                _check_pipelines(ini, node)
        return made


@contextlib.contextmanager
def _left_over(name: str) -> Iterator[None]:
    """Allows the section ``name`` to be what is left of an embedded service that another one has replaced.

    Its line has gone from the application that is served, which is held against what it leads to.
    """
    try:
        yield
    except PasteError as error:
        if name == _SERVED or not isinstance(error.__cause__, NotEmbedded):
            raise


def _refuse_slip(ini: Ini, section: str, kind: str) -> None:
    """Other programs keep sections here too; one that is nearly ours is a slip of the pen."""
    close = difflib.get_close_matches(kind, [*_APPS, "filter"], n=1, cutoff=0.7)
    if close and ":" in section:
        raise PasteError(ini.filename, section, None, f"is no kind of section (did you mean [{close[0]}:…]?)")


def _has_pipelines(node: Node, ini: Ini) -> bool:
    return node.factory == describe(pipeline_factory) and node.file == ini.filename


def _check_pipelines(ini: Ini, node: Node) -> None:
    """Assembles each pipeline of the composite, as if it were the chosen one."""
    for key in node.options:

        def factory(
            loader: Ini, global_conf: Mapping[str, str], key: str = key, /, **pipelines: str
        ) -> WSGIApplication:
            return assemble(loader, global_conf, key, pipelines[key])

        context = ini.get_context(loadwsgi.APP, node.name)
        context.object = factory
        context.create()


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)
