"""authtoken: keystonemiddleware's token validation, reading its options from our configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.types import WSGIApplication

import webob
from keystoneauth1.exceptions import ClientException, ConnectFailure, DiscoveryFailure, RequestTimeout
from keystonemiddleware import auth_token
from keystonemiddleware.auth_token import _exceptions as middleware_exceptions

from nova_api import conf as nova_conf
from nova_api.api.faults import fault_response
from nova_api.wsgi.options import OptionError, nearest

_GROUP = "keystone_authtoken"
#: Where keystonemiddleware would wait for ever, or long: seconds for an answer, and how often it asks again.
_PATIENCE = {"http_connect_timeout": 5, "http_request_max_retries": 1}
_RETRY_AFTER = 10
#: Errors that say nothing about the token.
_UNASKED = (ConnectFailure, DiscoveryFailure, RequestTimeout, middleware_exceptions.ServiceError)


class _KeystoneSilent(Exception):
    """Whether the token is good cannot be found out now."""


class AuthToken(auth_token.AuthProtocol):
    """Asks Keystone whose token it is, and tells the filters inside by headers.

    keystonemiddleware's own factory reads oslo.config's process-wide object,
    which this service leaves alone; this one reads ``[keystone_authtoken]`` of
    the configuration that the ini is loaded with.

    While Keystone does not answer, a request with a token gets 503: with
    ``delay_auth_decision``, keystonemiddleware by itself would call the token
    invalid, and clients would throw good tokens away.

    Options: those of ``[keystone_authtoken]`` in keystonemiddleware's
    documentation, and what the ini sets wins; but the service user (auth_type,
    auth_url, username, password …) is read from the configuration only.
    """

    @classmethod
    def factory(
        cls, global_conf: Mapping[str, str], **local_conf: Any
    ) -> Callable[[WSGIApplication], AuthToken]:
        """The ``paste.filter_factory``; raises OptionError for a key that authtoken does not know."""
        known = {
            option.dest for group, options in auth_token.list_opts() if group == _GROUP for option in options
        }
        for key in local_conf:
            if key not in known:
                raise OptionError(key, f"is not an option of [{_GROUP}]{nearest(key, known)}")
        conf = nova_conf.active()
        return lambda app: cls(app, {**local_conf, "oslo_config_config": conf})

    def __init__(self, app: WSGIApplication, options: dict[str, Any]) -> None:
        """Raises ValueError when this configuration uses it and lacks what it cannot do without."""
        conf = options["oslo_config_config"]
        for group, known in auth_token.list_opts():
            conf.register_opts(known, group=group)
        for name, value in _PATIENCE.items():
            conf.set_default(name, value, group=_GROUP)
        super().__init__(app, options)
        if conf.auth_strategy != "keystone":
            return  # made for a check of the ini only
        for name in ("www_authenticate_uri", "auth_type"):
            if not self._conf.get(name):
                raise ValueError(
                    f"auth_strategy = keystone needs [{_GROUP}] {name} in the configuration file"
                )

    def fetch_token(self, token: str, allow_expired: bool = False) -> Any:
        try:
            return super().fetch_token(token, allow_expired=allow_expired)
        except middleware_exceptions.InvalidToken as error:
            # Raised while one of these is handled, it hides that Keystone has not been asked.
            if isinstance(error.__context__, _UNASKED):
                raise _KeystoneSilent from error
            raise
        except (ClientException, middleware_exceptions.ServiceError) as error:
            raise _KeystoneSilent from error

    def process_request(self, request: webob.Request) -> webob.Response | None:
        try:
            response: webob.Response | None = super().process_request(request)
        except _KeystoneSilent as error:
            self.log.error("Tokens cannot be checked: %s", error.__cause__)
            return fault_response(
                503,
                "The identity service does not answer at present, so your token cannot be checked. "
                "Please try again.",
                retry_after=_RETRY_AFTER,
            )
        return response
