"""Whether the services of other processes can be used as the options say: one finding each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from keystoneauth1.exceptions import ClientException, Unauthorized
from oslo_config import cfg

from nova_api import context as contexts
from nova_api import exception
from nova_api.neighbours.misconfigured import Misconfigured
from nova_api.neighbours.remote.access import Access
from nova_api.neighbours.remote.rest import Refused, Rest

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
    """Asks each remote service for a list of one."""
    for option, name, kind, version, path in _SERVICES:
        if conf.neighbours[option] != name:
            yield Finding(option, True, "embedded")
            continue
        try:
            access = Access(conf, name, kind)
            yield Finding(option, True, _asked(access, Rest(access, name, version), path))
        except Refused as error:
            yield Finding(option, False, f"{name} refuses the service user: {error}")
        except (Misconfigured, exception.NovaError) as error:
            yield Finding(option, False, str(error))


def _asked(access: Access, rest: Rest, path: str) -> str:
    admin = contexts.admin()
    try:
        access.auth(admin).get_token(access.session)
        endpoint = access.endpoint(admin)
    except Unauthorized as error:
        raise Misconfigured(f"Keystone refuses the service user of [{access.section}]") from error
    except ClientException as error:
        raise Misconfigured(f"Keystone of [{access.section}] cannot be asked: {error}") from error
    if endpoint is None:
        raise Misconfigured("the catalog has no endpoint of it for these valid_interfaces and region_name")
    rest.json(admin, "GET", path)
    return f"{rest.name} answers at {endpoint}"
