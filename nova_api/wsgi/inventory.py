"""What a load of an ini made: a tree of nodes, and how it is drawn."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Iterator
from typing import Any

from nova_api.wsgi.pipeline import pipeline_factory


@dataclasses.dataclass
class Node:
    """One section that became an object.

    ``section`` is its header (or URI), ``factory`` what made it, ``options``
    its keys as the factory got them, ``made`` the class of the result (for a
    filter, of the application that it wraps around another), ``seen`` whether
    it stands elsewhere in the tree too and is the same object there.
    """

    section: str
    file: str
    factory: str
    options: dict[str, str]
    is_filter: bool = False
    made: str = ""
    children: list[Node] = dataclasses.field(default_factory=list)
    seen: bool = False

    @property
    def name(self) -> str:
        """The name by which other sections refer to it."""
        return self.section.partition(":")[2].strip() or self.section


def describe(thing: Any) -> str:
    """``module:name`` of a function or class, or of the class of anything else."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    if inspect.ismethod(thing) and isinstance(thing.__self__, type):
        return f"{thing.__self__.__module__}:{thing.__self__.__qualname__}.{thing.__name__}"
    if not isinstance(thing, type) and not inspect.isroutine(thing):
        thing = type(thing)
    return f"{thing.__module__}:{thing.__qualname__}"


def draw(node: Node) -> Iterator[str]:
    """The lines of the tree under ``node``: filters from the outside inwards, then what they guard."""
    yield _line(node)
    yield from _below(node, "")


def picked(node: Node) -> str | None:
    """The key of the pipeline that a ``pipeline_factory`` composite became."""
    if node.factory != describe(pipeline_factory):
        return None
    names = [child.name for child in node.children]
    return next((key for key, pipeline in node.options.items() if pipeline.split() == names), None)


def _line(node: Node) -> str:
    """Header, class and options of one node."""
    key = picked(node)
    if key is not None:
        made = f"pipeline {key}"
    else:
        made = "" if node.section.startswith("pipeline:") else node.made
    if node.seen:
        return "  ".join(filter(None, [f"[{node.section}]", made, "(the same as above)"]))
    if key is not None:
        others = ", ".join(other for other in node.options if other != key)
        return f"[{node.section}]  {made}" + (f"  (not: {others})" if others else "")
    referred = {child.name for child in node.children} | {child.section for child in node.children}
    options = {key: value for key, value in node.options.items() if value not in referred}
    shown = [f"{name} = {_unsecret(name, value)}" for name, value in options.items()]
    return "  ".join([f"[{node.section}]", *([made] if made else []), *shown])


def _unsecret(name: str, value: str) -> str:
    """The value without passwords: what is drawn ends up in logs and bug reports."""
    if re.search("password|secret", name, re.IGNORECASE):
        return "***"
    return re.sub(r"(?<=://)[^/@\s]*@", "***@", value)


def _below(node: Node, indent: str) -> Iterator[str]:
    if node.seen:
        return
    paths = dict(node.options) if picked(node) is None else {}
    children = sorted(node.children, key=lambda child: not child.is_filter)
    for child in children:
        key = next((k for k, value in paths.items() if value in (child.name, child.section)), "")
        paths.pop(key, None)
        last = child is children[-1]
        yield f"{indent}{'└─ ' if last else '├─ '}{f'{key}  ' if key else ''}{_line(child)}"
        yield from _below(child, indent + ("   " if last else "│  "))
