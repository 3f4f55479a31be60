"""Aggregates that are kept for some projects (metadata ``filter_tenant_id…``)."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted, projects_of

REASON = "kept for other projects"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether no aggregate keeps the host for projects, or one of them for this one."""
    projects = {project for found in wanted.aggregates_of(node) for project in projects_of(found)}
    return not projects or wanted.project_id in projects
