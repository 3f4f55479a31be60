"""Requests to Neutron, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from oslo_config import cfg

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.neighbours.networks.neutron.documents import Document
from nova_api.neighbours.remote import Access, Refused, Rest
from nova_api.neighbours.remote.rest import Query, meaning

#: Ids in one query: its line stays below the 8 KiB that servers take.
_MOST_IDS = 100

#: Collections of extensions that a Neutron may be without; then it answers 404, and there is nothing.
_MAY_BE_MISSING = ("/floatingips",)

#: Names that Neutron gives to its errors (and the embedded service to the same ones).
_KINDS: Mapping[str, type[exception.NovaError]] = {
    "AddressInUse": exception.AddressInUse,
    "AddressNotInSubnet": exception.AddressNotInSubnet,
    "ExternalIpAddressExhausted": exception.NoMoreAddresses,
    "FloatingIPInUse": exception.FloatingIPInUse,
    "FloatingIPPortAlreadyAssociated": exception.FloatingIPInUse,
    "InvalidIpForNetwork": exception.AddressNotInSubnet,
    "InvalidIpForSubnet": exception.AddressNotInSubnet,
    "IpAddressAlreadyAllocated": exception.AddressInUse,
    "IpAddressGenerationFailure": exception.NoMoreAddresses,
    "IpAddressInUse": exception.AddressInUse,
    "NetworkNotFound": exception.NetworkNotFound,
    "NoMoreAddresses": exception.NoMoreAddresses,
    "OverQuota": exception.QuotaExceeded,
    "PortInUse": exception.PortInUse,
    "PortNotFound": exception.PortNotFound,
    "SecurityGroupDefaultAlreadyExists": exception.SecurityGroupExists,
    "SecurityGroupExists": exception.SecurityGroupExists,
    "SecurityGroupInUse": exception.SecurityGroupInUse,
    "SecurityGroupNotFound": exception.SecurityGroupNotFound,
    "SecurityGroupRuleExists": exception.SecurityGroupRuleExists,
}


class Client:
    """Neutron's API v2.0.

    Every method raises what ``_KINDS`` names, else the exception of the
    status, and Unavailable.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._rest = Rest(Access(conf, "neutron", "network"), "network service", "v2.0")

    def is_users(self, context: RequestContext) -> bool:
        """Whether Neutron is asked as the user, and so decides what he sees."""
        return self._rest.access.is_users(context)

    def call(
        self,
        context: RequestContext,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        missing: exception.NotFound | None = None,
    ) -> Any:
        """The reply; ``missing`` is raised for 404."""
        try:
            return self._rest.json(context, method, path, json=body)
        except Refused as refused:
            if refused.status == 404 and missing is not None:
                raise missing from refused
            raise _refusal(refused) from refused

    def list(self, context: RequestContext, path: str, key: str, query: Query = ()) -> list[Document]:
        """Everything that the query selects."""
        try:
            return list(self._rest.pages(context, path, key, query))
        except Refused as refused:
            if refused.status == 404 and path in _MAY_BE_MISSING:
                return []
            raise _refusal(refused) from refused

    def having(
        self, context: RequestContext, path: str, key: str, name: str, values: Collection[str]
    ) -> Iterator[Document]:
        """Those whose attribute ``name`` is one of ``values``; nothing is asked for none."""
        wanted = sorted(values)
        for start in range(0, len(wanted), _MOST_IDS):
            query = [(name, value) for value in wanted[start : start + _MOST_IDS]]
            yield from self.list(context, path, key, query)


def _refusal(refused: Refused) -> exception.NovaError:
    kind = _KINDS.get(refused.kind)
    return meaning(refused) if kind is None else kind(str(refused))
