"""Aggregates that are kept for some projects (metadata ``filter_tenant_id…``)."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted, projects_of

REASON = "kept for other projects"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether the host is not kept for others only, and is one of the project's own where it needs that."""
    if wanted.project_hosts is not None:
        return node.host in wanted.project_hosts
    projects = {project for found in wanted.aggregates.get(node.host, ()) for project in projects_of(found)}
    return not projects or wanted.project_id in projects
