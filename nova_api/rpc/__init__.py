"""What may be sent, on which topic: wake-ups for work items and questions to a host, over oslo.messaging.

A wake-up carries the id of a work item and nothing else; what is to be done
stands in the database (``nova_api.work``).  Losing one therefore loses
nothing, and a second one does nothing.

A call waits for a host's answer.  It changes nothing by itself: what changes a
server is a work item, which a call may ask the host to do at once (``nova_api.compute.host_calls``).
"""

from __future__ import annotations

from nova_api.rpc.bus import COMPUTE, SCHEDULER, TOPICS, NeedsBroker, is_in_process, reach, require_broker
from nova_api.rpc.client import Client
from nova_api.rpc.listener import Answerer, Listener

__all__ = [
    "COMPUTE",
    "SCHEDULER",
    "TOPICS",
    "Answerer",
    "Client",
    "Listener",
    "NeedsBroker",
    "is_in_process",
    "reach",
    "require_broker",
]
