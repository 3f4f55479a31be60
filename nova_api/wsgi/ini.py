"""Paste Deploy's ini loader, made to say where: file, section and key of every mistake, in one line.

``paste.deploy`` resolves names to *contexts* and then creates objects from
them.  ``Ini`` and ``LocatedContext`` follow both steps with a ``Journal``,
which knows the sections that are open (so it can name them, and refuse loops)
and keeps what was made as a tree of ``Node`` (which ``paste show`` draws).
"""

from __future__ import annotations

import configparser
import dataclasses
import functools
import inspect
import os
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from paste.deploy import loadwsgi

from nova_api.wsgi.ini_errors import FACTORY_KEYS, PasteError, explain, unreadable
from nova_api.wsgi.ini_journal import Journal, Site
from nova_api.wsgi.inventory import Node, describe
from nova_api.wsgi.options import OptionError, nearest

_FACTORY = re.compile(r"[\w.]+(\s*:\s*[\w.]+)?")


class Ini(loadwsgi.ConfigLoader):
    """One ini file. Raises PasteError where paste.deploy raises anything else."""

    def __init__(self, path: str, journal: Journal | None = None) -> None:
        self.journal = journal or Journal()
        self._shared: dict[Any, tuple[Any, Node]] = {}
        try:
            super().__init__(path)
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise unreadable(path, error) from error
        self.journal.inis[os.path.abspath(path)] = self

    def get_app(self, name: str | None = None, global_conf: Mapping[str, str] | None = None) -> Any:
        """The application ``name``, made once a load: mounted at three paths it is still one.

        Paste makes one each time; an API router is too costly for that, and
        its rate counters must not depend on the path one comes by.
        """
        inherited = configparser.ConfigParser.defaults(self.parser)
        wanted = (name, tuple(sorted({**inherited, **(global_conf or {})}.items())))
        if wanted in self._shared:
            app, node = self._shared[wanted]
            self.journal.nodes[-1].children.append(dataclasses.replace(node, seen=True))
            return app
        app = super().get_app(name, global_conf)
        self._shared[wanted] = (app, self.journal.nodes[-1].children[-1])
        return app

    def get_context(
        self, object_type: Any, name: str | None = None, global_conf: Mapping[str, str] | None = None
    ) -> LocatedContext:
        """The context of a section or of a URI (egg:, call:, config:)."""
        if name is not None and self.absolute_name(name):
            return self._context_of_uri(object_type, name, global_conf)
        section = self.find_config_section(object_type, name)
        site = Site(self, section, section.partition(":")[2].strip() or section)
        self.journal.refuse_loop(site)
        with self.journal.at(site):
            self._check(site, object_type, global_conf)
            try:
                context = super().get_context(object_type, name, global_conf)
            except PasteError:
                raise
            except Exception as error:
                raise explain(site, error, loading=True) from error
            factory = next((key for key in FACTORY_KEYS if key in site.written()), None)
            return self._locate(context, site, site, factory)

    def find_config_section(self, object_type: Any, name: str | None = None) -> str:
        """The section called ``name`` of that type; raises PasteError at the key that names it."""
        prefixes = loadwsgi._flatten(object_type.config_prefixes)
        try:
            section: str = super().find_config_section(object_type, name)
        except LookupError as error:
            named = [s for s in self.parser.sections() if s.partition(":")[2].strip() == (name or "main")]
            fitting = [s for s in named if s.partition(":")[0] in prefixes]
            if fitting:
                reason = f"the name {name!r} is ambiguous: {', '.join(f'[{s}]' for s in fitting)}"
            elif named:
                reason = f"{name!r} must be {object_type.name}, but it is [{named[0]}]"
            else:
                names = {s.partition(":")[2].strip() for s in self.parser.sections() if ":" in s}
                kinds = ", ".join(f"[{prefix}:{name}]" for prefix in prefixes)
                reason = f"there is no section {kinds.replace(', ', ' or ')}{nearest(name or 'main', names)}"
            if not self.journal.open:
                raise PasteError(self.filename, name, None, reason) from error
            here = self.journal.open[-1]
            raise here.error(here.naming(name or "main"), reason) from error
        return section

    def _check(self, site: Site, object_type: Any, global_conf: Mapping[str, str] | None) -> None:
        """Refuses what paste.deploy would answer with a riddle."""
        keys = site.written()
        kind = str(site.section).partition(":")[0]
        known = {**configparser.ConfigParser.defaults(self.parser), **(global_conf or {})}
        known.update({key[4:].strip(): "" for key in keys if key.startswith("set ")})
        for key, value in keys.items():
            if key.startswith("get ") and value not in known:
                raise site.error(key, f"there is no global variable {value!r}{nearest(value, known)}")
        if kind in ("pipeline", "filter-app"):
            needed = "pipeline" if kind == "pipeline" else "next"
            if not keys.get(needed, "").strip():
                raise site.error(needed, "is missing")
            for key in keys if kind == "pipeline" else ():
                if key not in ("pipeline", "filter-with", "require") and key[:4] not in ("set ", "get "):
                    raise site.error(key, f"is not an option here: [{site.section}] takes only 'pipeline'")
            return
        factories = [key for key in FACTORY_KEYS if key in keys]
        if not factories:
            fitting = " or ".join(loadwsgi._flatten(object_type.egg_protocols)[:2])
            raise site.error("use", f"is missing: the section needs 'use' or {fitting}")
        if "use" not in factories and factories[0] not in loadwsgi._flatten(object_type.egg_protocols):
            raise site.error(
                factories[0], f"makes no {object_type.name}: [{site.section}] needs another factory"
            )
        if "use" not in factories and not _FACTORY.fullmatch(keys[factories[0]].strip()):
            raise site.error(factories[0], f"is not of the form module:factory: {keys[factories[0]]!r}")

    def _context_of_uri(
        self, object_type: Any, uri: str, global_conf: Mapping[str, str] | None
    ) -> LocatedContext:
        scheme, _, rest = uri.partition(":")
        site = self.journal.open[-1] if self.journal.open else Site(self, None, uri)
        if scheme.lower() == "config":
            path, _, name = rest.partition("#")
            path = os.path.join(os.path.dirname(self.filename), unquote(path))
            other = self.journal.inis.get(os.path.abspath(path))
            if other is None:
                try:
                    other = Ini(path, self.journal)
                except PasteError as error:
                    raise site.error(site.naming(uri), str(error)) from error
            if global_conf:
                other.update_defaults(global_conf, overwrite=False)
            return other.get_context(object_type, name or "main", global_conf)
        try:
            context = loadwsgi.loadcontext(object_type, uri, global_conf=dict(global_conf or {}))
        except Exception as error:
            raise explain(site, error, site.naming(uri), uri, loading=True) from error
        return self._locate(context, Site(self, None, uri), site, site.naming(uri))

    def _locate(self, context: Any, site: Site, blamed: Site, key: str | None) -> LocatedContext:
        """The context with its place, and its inner ones that came from the same section with theirs."""
        if context.object is not None and not callable(context.object):
            named = site.written().get(str(key), site.name)
            raise blamed.error(key, f"{named} cannot be called: it is no factory")
        inner = {loadwsgi.FILTER_WITH: "next_context", loadwsgi.FILTER_APP: "filter_context"}
        attribute = inner.get(context.object_type)
        if attribute and not isinstance(getattr(context, attribute), LocatedContext):
            setattr(context, attribute, LocatedContext(getattr(context, attribute), site))
        return LocatedContext(context, site)


class LocatedContext(loadwsgi.LoaderContext):
    """A context that knows its section, refuses options its factory does not take, and keeps a journal."""

    def __init__(self, context: Any, site: Site) -> None:
        inherited: tuple[Site, ...] = getattr(context, "sites", ())
        self.__dict__.update(vars(context))
        #: The section, then those that it reached through ``use``.
        self.sites = (site, *inherited)
        self.journal = site.ini.journal

    def create(self) -> Any:
        """The object; raises PasteError for whatever its factory raises."""
        site = self.sites[0]
        # A URI inside a pipeline or composite has no section of its own: the one that names it is to blame.
        self._blamed = self.sites if site.section or not self.journal.open else (self.journal.open[-1],)
        node = Node(
            site.section or site.name,
            site.ini.filename,
            describe(self.object) if self.object is not None else "",
            dict(self.local_conf),
            is_filter=self.object_type is loadwsgi.FILTER,
        )
        with self.journal.at(site), self.journal.making(node):
            made = self._blaming(self._invoke)
        if not node.is_filter:
            node.made = describe(made)
            return made

        @functools.wraps(made)
        def wrap(app: Any) -> Any:
            wrapped = self._blaming(lambda: self._callable(made(app)))
            node.made = describe(wrapped)
            return wrapped

        return wrap

    def _invoke(self) -> Any:
        if self.object is not None:
            composite = self.protocol in ("paste.composite_factory", "paste.composit_factory")
            check_options(self.object, self.local_conf, 2 if composite or self.protocol in _WRAPPERS else 1)
        return self._callable(self.object_type.invoke(self))

    def _callable(self, made: Any) -> Any:
        if not callable(made):
            raise TypeError(f"made {made!r} instead of {self.object_type.name}")
        return made

    def _blaming(self, call: Callable[[], Any]) -> Any:
        """The result of ``call``, whose exceptions become a PasteError at the key they speak of."""
        try:
            return call()
        except PasteError:
            raise
        except Exception as error:
            first, *others = self._blamed
            for site in (first, *others):
                found = explain(site, error)
                if found.key in site.written() and found.key not in FACTORY_KEYS:
                    raise found from error
            raise explain(
                first,
                error,
                None if first.section == self.sites[0].section else first.naming(self.sites[0].name),
            ) from error


_WRAPPERS = ("paste.filter_app_factory", "paste.server_runner")


def check_options(factory: Any, given: Mapping[str, Any], leading: int) -> None:
    """Raises OptionError when ``factory`` takes no such option or needs one that is not ``given``.

    ``leading`` is how many positional arguments come before the options.
    """
    try:
        parameters = list(inspect.signature(factory).parameters.values())
    except (TypeError, ValueError):
        return  # it is written in C and shows no signature: calling it will tell
    named = [p for p in parameters[leading:] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    takes = [parameter.name for parameter in named]
    if not any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters):
        for key in given:
            if key not in takes:
                known = f"it takes {', '.join(takes)}" if takes else "it takes none"
                raise OptionError(key, f"is not an option here: {known}{nearest(key, takes)}")
    for parameter in named:
        if parameter.default is parameter.empty and parameter.name not in given:
            raise OptionError(parameter.name, f"is missing: {describe(factory)} needs it")
