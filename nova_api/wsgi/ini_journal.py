"""Where a load of an ini is, and what it has made so far."""

from __future__ import annotations

import configparser
import contextlib
import dataclasses
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nova_api.wsgi.ini_errors import PasteError
from nova_api.wsgi.inventory import Node

if TYPE_CHECKING:
    from nova_api.wsgi.ini import Ini


@dataclasses.dataclass(frozen=True)
class Site:
    """A section of a file; ``section`` is None for a name such as egg:Paste#urlmap that needs none."""

    ini: Ini
    section: str | None
    name: str

    def written(self) -> dict[str, str]:
        """The section's own keys as written, without interpolation."""
        if self.section is None:
            return {}
        # Not parser.defaults(): paste.deploy's interpolates, and so raises where a default is wrong.
        inherited = configparser.ConfigParser.defaults(self.ini.parser)
        written = self.ini.parser.items(self.section, raw=True)
        return {key: value for key, value in written if key not in inherited}

    def error(self, key: str | None, reason: str) -> PasteError:
        """A PasteError here."""
        return PasteError(self.ini.filename, self.section, key, reason)

    def naming(self, name: str) -> str | None:
        """The key whose value holds ``name``."""
        for key, value in self.written().items():
            if name in value.split():
                return key
        return None


class Journal:
    """What one load has open and what it has made."""

    def __init__(self) -> None:
        self.open: list[Site] = []
        self.nodes: list[Node] = [Node("root", "", "", {})]
        self.inis: dict[str, Ini] = {}

    @contextlib.contextmanager
    def at(self, site: Site) -> Iterator[None]:
        """Marks ``site`` as open inside the block."""
        self.open.append(site)
        try:
            yield
        finally:
            self.open.pop()

    @contextlib.contextmanager
    def making(self, node: Node) -> Iterator[None]:
        """Adds ``node`` to the tree; what is made inside the block becomes its children."""
        self.nodes[-1].children.append(node)
        self.nodes.append(node)
        try:
            yield
        finally:
            self.nodes.pop()

    def refuse_loop(self, site: Site) -> None:
        """Raises PasteError when ``site`` is open already: it would contain itself."""
        where = (site.ini.filename, site.section)
        for position, other in enumerate(self.open):
            if (other.ini.filename, other.section) == where:
                # A section may be open twice in a row: once being resolved, once being created.
                names = [name for name, _ in itertools.groupby(s.name for s in self.open[position:])]
                if len(names) == 1 or names[-1] != site.name:
                    names.append(site.name)
                last = self.open[-1]
                raise last.error(last.naming(site.name), f"loops: {' -> '.join(names)}")
