"""Operations: what a controller method answers to, and everything the API promises of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from nova_api.api.declare.schema import Query, Schema, Validator
from nova_api.api.declare.version import MIN, Version, Window, parse
from nova_api.api.declare.view import View

_F = TypeVar("_F", bound=Callable[..., Any])
_C = TypeVar("_C", bound=type)

_ATTRIBUTE = "__nova_operations__"


class One:
    """A reply that holds one rendered record under ``key`` (or bare, for a key of None)."""

    def __init__(self, key: str | None, view: View) -> None:
        self.key = key
        self.view = view


class Many:
    """A reply that holds a list of rendered records under ``key``.

    :param item: key around each item, where the API has one
    :param links: name of the key with the link to the next page, or None
    :param marker: name of the rendered field, or function of the record, that the next page starts after
    :param links_window: versions that show the link
    """

    def __init__(
        self,
        key: str,
        view: View,
        item: str | None = None,
        links: str | None = None,
        marker: Callable[[Any], str] | None = None,
        links_since: str | None = None,
    ) -> None:
        self.key = key
        self.view = view
        self.item = item
        self.links = links
        self.marker = marker
        self.links_window = Window(links_since)


class Operation:
    """One method of a controller, on one path.

    :param method: HTTP method
    :param path: template below the API's root, e.g. ``/os-keypairs/{id}``
    :param action: for ``POST …/action``: the key of the body
    :param since: first version that has it
    :param until: last version that has it
    :param policy: name of the policy that guards it; None for none
    :param body: schema of the request body; None when the body is not read
    :param query: the query string; None when it is not read
    :param response: ``One``, ``Many``, or None when the method builds the reply itself
    :param returns: schema of the reply that the method builds itself, for documents; None for an empty one
    :param status: success status, or ``{"2.1": 200, "2.101": 202}``
    :param also: other success statuses that the method may choose
    :param loads: name of the controller method that finds the target record from
        the path's arguments before the policy is asked; the operation receives it
    :param errors: error statuses that it may answer besides those that are always possible
    """

    def __init__(
        self,
        method: str,
        path: str,
        *,
        action: str | None = None,
        since: str | None = None,
        until: str | None = None,
        policy: str | None = None,
        body: Schema = None,
        query: Query | None = None,
        response: One | Many | None = None,
        returns: Schema = None,
        status: int | Mapping[str, int] = 200,
        also: tuple[int, ...] = (),
        loads: str | None = None,
        errors: tuple[int, ...] = (),
    ) -> None:
        self.method = method
        self.path = path
        self.action = action
        self.window = Window(since, until)
        self.policy = policy
        self.body = None if body is None else Validator(body)
        self.query = query
        self.response = response
        self.returns = returns
        self.also = also
        self.loads = loads
        self.errors = errors
        steps = (
            {MIN: status} if isinstance(status, int) else {parse(key): code for key, code in status.items()}
        )
        self._steps = sorted(steps.items())
        self.name = ""  # of the controller's method

    def status(self, version: Version) -> int:
        return [code for since, code in self._steps if since <= max(version, MIN)][-1]

    def at(self, path: str, until: str | None = None) -> Operation:
        """The same operation on another path, not after ``until``."""
        made = copy.copy(self)
        made.path, made.window = path, self.window.narrowed(until=until)
        return made

    def __repr__(self) -> str:
        action = f" {self.action}" if self.action else ""
        return f"{self.method} {self.path}{action} {self.window}"


def operation(method: str, path: str, **declared: Any) -> Callable[[_F], _F]:
    """Declares the decorated controller method as ``Operation(method, path, **declared)``."""

    def declare(function: _F) -> _F:
        made = Operation(method, path, **declared)
        made.name = function.__name__
        function.__dict__.setdefault(_ATTRIBUTE, []).append(made)
        return function

    return declare


def action(name: str, path: str, **declared: Any) -> Callable[[_F], _F]:
    """Declares the decorated controller method as the action ``name`` of ``POST path``."""
    return operation("POST", path, action=name, **declared)


def operations_of(controller: type) -> Iterator[Operation]:
    """The operations that ``controller`` declares, in the order of its source."""
    if _ATTRIBUTE in vars(controller):
        yield from vars(controller)[_ATTRIBUTE]
        return
    for klass in reversed(controller.__mro__):
        for function in vars(klass).values():
            yield from getattr(function, _ATTRIBUTE, ())


def under_another_name(controller: _C, name: str, another: str, until: str | None = None) -> _C:
    """``controller`` with its operations below ``another`` where they are below ``name``, and no others.

    ``until`` is the last version in which they have that name.
    """
    made = tuple(
        declared.at(another + declared.path.removeprefix(name), until)
        for declared in operations_of(controller)
        if declared.path == name or declared.path.startswith(name + "/")
    )
    alias: _C = type(controller)(controller.__name__, (controller,), {_ATTRIBUTE: made})
    return alias
