"""The picture of docs/architecture.md as data: who stands above whom.

A module may import from its own layer and from those below it, never from one
above.  A module belongs to the layer with the longest matching prefix; a module
that no layer claims is an error, so a new folder has to be placed in the picture.
"""

from __future__ import annotations

#: Top to bottom: (what the layer is, prefixes of the modules in it).
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("programs", ("nova_api.cmd",)),
    ("service", ("nova_api.service",)),
    ("server and loader", ("nova_api.wsgi",)),
    ("composition", ("nova_api.wsgi.urlmap", "nova_api.wsgi.pipeline")),
    ("filters", ("nova_api.wsgi.filters",)),
    (
        "what filters are made of",
        (
            "nova_api.wsgi.api_path",
            "nova_api.wsgi.authentication",
            "nova_api.wsgi.fault_control",
            "nova_api.wsgi.fault_rules",
            "nova_api.wsgi.filter",
            "nova_api.wsgi.options",
            "nova_api.wsgi.ratelimits",
            "nova_api.wsgi.reply",
            "nova_api.wsgi.wire",
        ),
    ),
    (
        "routers",
        (
            "nova_api.api.router",
            "nova_api.api.neighbour",
            "nova_api.api.evidence",
            "nova_api.api.inventory",
            "nova_api.api.openapi",
            "nova_api.api.identity",
            "nova_api.api.image",
            "nova_api.api.network",
            "nova_api.api.share",
            "nova_api.api.volume",
        ),
    ),
    ("resource", ("nova_api.api.resource",)),
    ("controllers", ("nova_api.api.compute", "nova_api.api.versions")),
    # Declarations, faults, policy, the request: what controllers are written in.
    ("the language of the API", ("nova_api.api",)),
    ("domain", ("nova_api.clouds", "nova_api.compute", "nova_api.scheduler", "nova_api.seed")),
    ("what a process works with", ("nova_api.backend",)),
    ("neighbours", ("nova_api.neighbours",)),
    ("work and queue", ("nova_api.work", "nova_api.rpc")),
    ("database", ("nova_api.db",)),
    # The states that rows and rules both speak of; data, without behaviour.
    ("words of the domain", ("nova_api.compute.states",)),
    ("ground", ("nova_api", "nova_api.conf", "nova_api.context", "nova_api.exception", "nova_api.turns")),
)

#: The domain: knows no HTTP, so it imports neither these libraries nor these packages.
DOMAIN = (
    "nova_api.compute",
    "nova_api.db",
    "nova_api.neighbours",
    "nova_api.rpc",
    "nova_api.scheduler",
    "nova_api.work",
)
HTTP_LIBRARIES = ("webob", "routes", "paste")
HTTP_PACKAGES = ("nova_api.api", "nova_api.wsgi")

#: Who may import eventlet (besides the scripts in bin/).
EVENTLET_ALLOWED = ("nova_api.wsgi.server", "nova_api.cmd")

#: Who may compare versions: the declarations turn windows into plain facts.
VERSIONS_ALLOWED = ("nova_api.api.declare",)

#: Module names that say nothing about what is inside.
NAMELESS = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})

MOST_LINES = 400


def under(module: str, prefixes: tuple[str, ...]) -> bool:
    """Whether ``module`` is one of ``prefixes`` or inside one of them."""
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


def layer_of(module: str) -> int | None:
    """Index in ``LAYERS`` of the layer that claims ``module``; None when none does.

    The prefix ``nova_api`` claims only the package itself: were it a prefix like
    the others, every new folder would silently count as ground.
    """
    best: tuple[int, int] | None = None
    for index, (_, prefixes) in enumerate(LAYERS):
        for prefix in prefixes:
            fits = module == prefix or (prefix != "nova_api" and module.startswith(prefix + "."))
            if fits and (best is None or len(prefix) > best[0]):
                best = (len(prefix), index)
    return None if best is None else best[1]
