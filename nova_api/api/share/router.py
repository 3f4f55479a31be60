"""The router of the share API."""

from __future__ import annotations

from typing import ClassVar

from nova_api.api.controller import Controller
from nova_api.api.neighbour import NeighbourRouter
from nova_api.api.share.documents import Documents
from nova_api.api.share.shares import Shares


class ShareRouter(NeighbourRouter):
    """Behind the filter that says who asks.  What it answers is the same at each of its versions."""

    CONTROLLERS: ClassVar[tuple[type[Controller], ...]] = (Documents, Shares)
