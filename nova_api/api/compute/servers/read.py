"""``GET /servers``, ``/servers/detail`` and ``/servers/{id}``."""

from __future__ import annotations

from collections.abc import Sequence

from nova_api.api.compute.servers import policies, query, related, views
from nova_api.api.controller import Controller
from nova_api.api.declare import Many, One, Query, View, operation
from nova_api.api.request import Request
from nova_api.compute.servers import query as servers
from nova_api.db.server_queries import BRIEF, Server


def _listed(view: View) -> Many:
    return Many("servers", view, links="servers_links", marker=lambda server: server.uuid)


class ServerController(Controller):
    """Base of controllers whose operations have a server as target."""

    def server(self, request: Request, id: str) -> Server:
        """The target of an operation; raises ServerNotFound."""
        return servers.get(self.backend, request.context, id)

    def shown(self, request: Request, id: str) -> Server:
        """The target with all that ``views.SHOW`` tells of it; raises ServerNotFound."""
        return servers.shown(self.backend, request.context, id, related.parts(request, views.SHOW))


class ServersReadController(ServerController):
    """Lists servers and shows one."""

    @operation(
        "GET",
        "/servers",
        policy=policies.INDEX,
        query=query.QUERY,
        response=_listed(views.BRIEF),
        errors=(400, 403),
    )
    def index(self, request: Request) -> Sequence[Server]:
        return self._page(request, views.BRIEF, policies.INDEX_ALL)

    @operation(
        "GET",
        "/servers/detail",
        policy=policies.DETAIL,
        query=query.QUERY,
        response=_listed(views.DETAIL),
        errors=(400, 403),
    )
    def detail(self, request: Request) -> Sequence[Server]:
        return self._page(request, views.DETAIL, policies.DETAIL_ALL)

    @operation(
        "GET",
        "/servers/{id}",
        policy=policies.SHOW,
        query=Query(closed_since="2.102"),
        response=One("server", views.SHOW),
        loads="shown",
        errors=(404,),
    )
    def show(self, request: Request, server: Server) -> Server:
        del request
        return server

    def _page(self, request: Request, view: View, all_tenants_policy: str) -> Sequence[Server]:
        asked = query.honoured(request)
        everybody = query.all_tenants(asked)
        if everybody:
            request.authorize(all_tenants_policy)
        filters = query.filters(request, asked)
        part = query.page(request)
        if filters is None:
            return []
        columns = BRIEF if view is views.BRIEF else related.columns(request, view)
        return servers.page(
            self.backend, request.context, filters, part, all_projects=everybody, columns=columns
        )
