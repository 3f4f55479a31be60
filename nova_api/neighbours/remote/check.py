"""Whether the services of other processes can be used as the options say: one finding each."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import keystoneauth1.loading
import keystoneauth1.session
from keystoneauth1.exceptions import ClientException, Unauthorized
from keystonemiddleware import auth_token
from oslo_config import cfg

from nova_api import context as contexts
from nova_api import exception
from nova_api.neighbours.misconfigured import Misconfigured
from nova_api.neighbours.remote.access import Access
from nova_api.neighbours.remote.rest import Refused, Rest

#: The group of keystonemiddleware's options.
_IDENTITY = "keystone_authtoken"
#: Option of [neighbours]; its value, and group, for another process's service; type, version, a list.
_SERVICES = (
    ("images", "glance", "image", "v2", "/images?limit=1"),
    ("networks", "neutron", "network", "v2.0", "/networks?limit=1"),
    ("volumes", "cinder", "block-storage", "v3", "/volumes?limit=1"),
)


@dataclasses.dataclass(frozen=True)
class Finding:
    """About the service ``name``; ``text`` is one sentence."""

    name: str
    good: bool
    text: str


def check(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    """Asks Keystone for a token, and each remote service for a list of one."""
    yield _identity(conf)
    for option, name, kind, version, path in _SERVICES:
        if conf.neighbours[option] != name:
            yield Finding(option, True, "embedded")
            continue
        try:
            access = Access(conf, name, kind)
            yield Finding(option, True, _asked(access, Rest(access, f"service {name}", version), path))
        except Refused as error:
            yield Finding(option, False, f"{name} refuses the service user: {error}")
        except (Misconfigured, exception.NovaError) as error:
            yield Finding(option, False, str(error))


def _identity(conf: cfg.ConfigOpts) -> Finding:
    """Whether the user who has tokens of others checked gets one itself."""
    if conf.auth_strategy != "keystone":
        return Finding("identity", True, "embedded")
    try:
        with _keystone_asked(_IDENTITY):
            # That of keystonemiddleware, which has the plugin's options here too.
            keystoneauth1.loading.register_auth_conf_options(conf, _IDENTITY)
            for group, found in auth_token.list_opts():
                conf.register_opts(found, group=group)
            options = conf[_IDENTITY]
            plugin: Any = keystoneauth1.loading.load_auth_from_conf_options(conf, _IDENTITY)
            if plugin is None:
                raise Misconfigured(f"[{_IDENTITY}] has no auth_type")
            verify = False if options.insecure else (options.cafile or True)
            session = keystoneauth1.session.Session(verify=verify, timeout=options.http_connect_timeout)
            roles = plugin.get_access(session).role_names
    except Misconfigured as error:
        return Finding("identity", False, str(error))
    return Finding(
        "identity", True, f"Keystone knows the service user, with the roles {', '.join(sorted(roles))}"
    )


@contextlib.contextmanager
def _keystone_asked(section: str) -> Iterator[None]:
    """Turns what goes wrong with Keystone into Misconfigured, which names the options' group."""
    try:
        yield
    except Unauthorized as error:
        raise Misconfigured(f"Keystone refuses the service user of [{section}]") from error
    except (ClientException, cfg.Error) as error:
        raise Misconfigured(f"Keystone of [{section}] cannot be asked: {error}") from error


def _asked(access: Access, rest: Rest, path: str) -> str:
    admin = contexts.admin()
    with _keystone_asked(access.section):
        access.auth(admin).get_token(access.session)
        endpoint = access.endpoint(admin)
    if endpoint is None:
        raise Misconfigured("the catalog has no endpoint of it for these valid_interfaces and region_name")
    rest.json(admin, "GET", path)
    return f"{rest.name} answers at {endpoint}"
