"""Loads WSGI applications from the paste ini: ``Loader().load_app("osapi_compute")``."""

from __future__ import annotations

import logging
import pathlib
from wsgiref.types import WSGIApplication

from oslo_config import cfg

from nova_api import conf as nova_conf
from nova_api.wsgi.ini import Ini
from nova_api.wsgi.ini_errors import PasteError
from nova_api.wsgi.inventory import Node, draw

__all__ = ["Loader", "PasteError", "find_ini"]

LOG = logging.getLogger(__name__)


class Loader:
    """Loads applications of one ini with one configuration.

    ``conf`` of None means the active configuration (or, where none is active,
    a fresh one from the usual files), ``path`` of None the file that its
    option ``[wsgi] api_paste_config`` names.  Raises PasteError, of one line,
    for everything that is wrong with the file.
    """

    def __init__(self, conf: cfg.ConfigOpts | None = None, path: str | None = None) -> None:
        if conf is None:
            try:
                conf = nova_conf.active()
            except LookupError:
                conf = nova_conf.new()
        self.conf = conf
        self.path = path if path is not None else find_ini(conf)

    def load_app(self, name: str) -> WSGIApplication:
        """The application called ``name``; its factories see ``conf`` as the active configuration."""
        app, tree = self.load(name)
        LOG.debug("Loaded %s from %s:\n%s", name, self.path, "\n".join(draw(tree)))
        return app

    def load(self, name: str) -> tuple[WSGIApplication, Node]:
        """The application called ``name``, and the tree of what it is made of."""
        with nova_conf.activate(self.conf):
            ini = Ini(self.path)
            app: WSGIApplication = ini.get_app(name)
        return app, ini.journal.nodes[0].children[0]


def find_ini(conf: cfg.ConfigOpts) -> str:
    """Path of the ini that ``[wsgi] api_paste_config`` names.

    A relative name is looked for beside the configuration files, then among the
    files that came with the program: ``etc/`` of a checkout or of the installed package.
    """
    name: str = conf.wsgi.api_paste_config
    if pathlib.Path(name).is_absolute():
        return name
    found = nova_conf.beside(conf, name)
    if found is not None and pathlib.Path(found).is_file():
        return found
    shipped = (nova_conf.ROOT / "etc" / name, nova_conf.ROOT / "nova_api" / "etc" / name)
    for path in shipped:
        if path.is_file():
            return str(path)
    places = ", ".join(str(path.parent) for path in shipped)
    raise PasteError(name, None, None, f"does not exist beside the configuration files nor in {places}")
