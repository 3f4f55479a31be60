"""http_proxy_to_wsgi: scheme, host, address and prefix as the proxy in front saw them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import webob
from oslo_config import cfg
from oslo_middleware import http_proxy_to_wsgi as oslo_proxy

from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import private_conf


class HTTPProxyToWSGI(Filter):
    """Believes ``Forwarded`` or ``X-Forwarded-Proto/-Host/-For/-Prefix``, so that links lead to the proxy.

    Only for a service that nobody reaches but through the proxy: a client
    could otherwise choose the links' host and its own logged address.  The
    headers are read by oslo.middleware.

    Options:
        enable_proxy_headers_parsing: default false
    """

    def __init__(self, app: WSGIApplication, conf: cfg.ConfigOpts) -> None:
        super().__init__(app)
        enabled = conf.oslo_middleware.enable_proxy_headers_parsing
        self._proxy = oslo_proxy.HTTPProxyToWSGI(app, conf) if enabled else None

    @classmethod
    def factory(
        cls, global_conf: Mapping[str, str], **local_conf: Any
    ) -> Callable[[WSGIApplication], HTTPProxyToWSGI]:
        """The ``paste.filter_factory``; raises OptionError."""
        conf = private_conf(oslo_proxy.OPTS, "oslo_middleware", local_conf)
        return lambda app: cls(app, conf)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._proxy is not None:
            self._proxy.process_request(webob.Request(environ))
        return self.app(environ, start_response)
