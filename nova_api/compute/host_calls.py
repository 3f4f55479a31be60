"""Asking a server's host, and waiting for its answer.

Two kinds of calls.  ``ask`` is a question that changes nothing: console output,
diagnostics.  ``do`` is for work that changes the server and whose outcome the
caller wants to know: state, action and work item are committed first, as for
any other work, and the call only has the host take the item at once.  A host
that dies over it, or a message that is lost, therefore leaves the work to be
done by the sweep, and no server stays half-changed.

The other end is ``nova_api.compute.manager.calls``.
"""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute.transitions import ServerRecord
from nova_api.context import RequestContext
from nova_api.db import services
from nova_api.db import work as db_work

#: The call that does a work item.
DO = "do"


def require_host(backend: Backend, server: ServerRecord) -> str:
    """The host of ``server``; raises ServerNotReady when it has none, HostDown when that is not heard of."""
    if server.host is None:
        raise exception.ServerNotReady(server_id=server.uuid)
    require_up(backend, server, server.host)
    return server.host


def require_up(backend: Backend, server: ServerRecord, host: str) -> None:
    """``host``, which has something of ``server``, lives; raises HostDown."""
    with backend.db.reader() as conn:
        up = services.host_is_up(conn, host, backend.conf.service_down_time)
    if not up:
        raise exception.HostDown(server_id=server.uuid, host=host)


def ask(
    backend: Backend, context: RequestContext, server: ServerRecord, method: str, **arguments: Any
) -> Any:
    """What the server's host says to ``method`` (a key of ``ComputeManager.questions``); JSON both ways.

    Raises what ``require_host`` raises, HostSilent after ``[work] call_timeout``
    seconds, and what the host raised.
    """
    host = require_host(backend, server)
    return ask_host(backend, context, host, method, server_uuid=server.uuid, **arguments)


def ask_host(backend: Backend, context: RequestContext, host: str, method: str, **arguments: Any) -> Any:
    """What ``host`` says to ``method``, about itself or about what ``arguments`` name; as ``ask`` else."""
    backend.db.forget_snapshot()  # the answer may take long
    sent = {"context": db_work.context_values(context), **arguments}
    return backend.rpc.call(host, method, sent, backend.conf.work.call_timeout)


def do(backend: Backend, host: str, item_uuid: str) -> Any:
    """Has ``host`` do a work item that was enqueued, committed and not cast; the method's ``task.answer``.

    Raises HostSilent (the work is done later all the same), and the method's ``task.error``.
    """
    return backend.rpc.call(host, DO, {"item": item_uuid}, backend.conf.work.call_timeout)
