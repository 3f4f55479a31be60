"""The shape of a filter: a WSGI application around another one, made from a section of the ini."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from nova_api.wsgi import options


class Filter:
    """Passes every request on to ``app``; subclasses do something before or after.

    A subclass lists its ini keys in ``OPTIONS`` and takes each as a keyword
    argument.  It is made while the ini is being loaded, so it may ask
    ``nova_api.conf.active()`` in its constructor, and not later.
    """

    OPTIONS: ClassVar[Sequence[options.Option]] = ()

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
