"""The shape of a filter: a WSGI application around another one, made from a section of the ini."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from nova_api.context import REACHED_KEY
from nova_api.wsgi import options


class Filter:
    """Passes every request on to ``app``; subclasses do something before or after.

    A subclass lists its ini keys in ``OPTIONS`` and takes each as a keyword
    argument.  It is made while the ini is being loaded, so it may ask
    ``nova_api.conf.active()`` in its constructor, and not later.
    """

    OPTIONS: ClassVar[Sequence[options.Option]] = ()
    #: Whether it asks which filter of its pipeline answered: then each notes that a request has reached it.
    ASKS_WHO_ANSWERED: ClassVar[bool] = False

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.app(environ, start_response)

    @classmethod
    def factory(cls, global_conf: Mapping[str, str], **local_conf: Any) -> Callable[[WSGIApplication], Self]:
        """The ``paste.filter_factory``: checks the section's keys now, wraps an application later.

        Raises OptionError for a key that ``OPTIONS`` does not list or whose value is wrong.
        """
        return functools.partial(cls, **options.read(cls.OPTIONS, local_conf))


class Reached:
    """Notes in the environ, under ``REACHED_KEY``, that a request has come to the filter ``name``.

    The application at the end has no name: what reached it, no filter answered.
    """

    def __init__(self, app: WSGIApplication, name: str) -> None:
        self.app = app
        self.name = name

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[REACHED_KEY] = self.name
        return self.app(environ, start_response)
