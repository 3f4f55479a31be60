"""The rules as functions of (module name, source) that return sentences, one a violation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture import layers

#: Names that hold an API version; protocol versions ("HTTP/1.1") and the like are none.
VERSION_NAME = re.compile(r"^(?:.*_)?(?:api_?version|microversion|version)$", re.IGNORECASE)
OTHER_VERSIONS = frozenset(
    {"http_version", "request_version", "protocol_version", "rpc_version", "schema_version", "tls_version"}
)
ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def imports(source: str, known: frozenset[str] = frozenset()) -> Iterator[tuple[int, str]]:
    """(line, full module name) of every import, except those for type checkers only.

    ``from package import name`` counts as ``package.name`` when that is a module in
    ``known``, so that importing a sub-module through its package is seen as what it is.
    """
    tree = ast.parse(source)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and _names(node.test) & {"TYPE_CHECKING"}
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node.lineno, full if full in known else node.module


def _names(node: ast.AST) -> set[str]:
    """Names and attribute names that occur in the expression ``node``."""
    found = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return found | {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}


def direction(module: str, source: str, known: frozenset[str] = frozenset()) -> list[str]:
    """Imports run only downward, and every module stands in some layer."""
    own = layers.layer_of(module)
    if own is None:
        return [f"{module}: stands in no layer of tests/architecture/layers.py"]
    wrong = []
    for line, target in imports(source, known):
        if not layers.under(target, ("nova_api",)):
            continue
        other = layers.layer_of(target)
        if other is not None and other < own:
            wrong.append(
                f"{module}:{line} ({layers.LAYERS[own][0]}) imports {target} ({layers.LAYERS[other][0]}), "
                "which stands above it"
            )
    return wrong


def eventlet(module: str, source: str) -> list[str]:
    """eventlet is imported by the server and the programs only."""
    if layers.under(module, layers.EVENTLET_ALLOWED):
        return []
    return [
        f"{module}:{line} imports {target}: only {', '.join(layers.EVENTLET_ALLOWED)} may"
        for line, target in imports(source)
        if layers.under(target, ("eventlet", "greenlet"))
    ]


def domain(module: str, source: str, known: frozenset[str] = frozenset()) -> list[str]:
    """The domain knows no HTTP."""
    if not layers.under(module, layers.DOMAIN):
        return []
    return [
        f"{module}:{line} imports {target}: the domain knows no HTTP"
        for line, target in imports(source, known)
        if layers.under(target, layers.HTTP_LIBRARIES + layers.HTTP_PACKAGES)
    ]


def _versions_among(names: set[str]) -> bool:
    return any(VERSION_NAME.match(name) and name.lower() not in OTHER_VERSIONS for name in names)


def versions(module: str, source: str) -> list[str]:
    """Nothing outside the declarations asks whether a version is above or below another."""
    if layers.under(module, layers.VERSIONS_ALLOWED) or module.startswith("nova_api.api.declare"):
        return []
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare | ast.Call) or not _versions_among(_names(node)):
            continue
        if isinstance(node, ast.Compare) and any(isinstance(op, ORDERINGS) for op in node.ops):
            wrong.append(f"{module}:{node.lineno} compares versions: declare a window or a Feature")
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "matches":
            wrong.append(f"{module}:{node.lineno} calls .matches(): declare a window or a Feature")
    return wrong


def names(module: str, source: str) -> list[str]:
    """No module is named after nothing."""
    del source
    return [f"{module}: {part!r} says nothing" for part in module.split(".") if part in layers.NAMELESS]


def size(module: str, source: str) -> list[str]:
    """A file that has grown too long becomes a package of named parts."""
    lines = source.count("\n")
    if lines <= layers.MOST_LINES:
        return []
    return [f"{module}: {lines} lines, more than {layers.MOST_LINES}: make it a package"]
