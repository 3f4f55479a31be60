"""authtoken: keystonemiddleware's token validation, reading its options from our configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.types import WSGIApplication

from keystonemiddleware import auth_token

from nova_api import conf as nova_conf
from nova_api.wsgi.options import OptionError, nearest

_GROUP = "keystone_authtoken"


class AuthToken(auth_token.AuthProtocol):
    """Asks Keystone whose token it is, and tells the filters inside by headers.

    keystonemiddleware's own factory reads oslo.config's process-wide object,
    which this service leaves alone; this one reads ``[keystone_authtoken]`` of
    the configuration that the ini is loaded with.

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
        super().__init__(app, options)
        if conf.auth_strategy != "keystone":
            return  # made for a check of the ini only
        for name in ("www_authenticate_uri", "auth_type"):
            if not self._conf.get(name):
                raise ValueError(
                    f"auth_strategy = keystone needs [{_GROUP}] {name} in the configuration file"
                )
