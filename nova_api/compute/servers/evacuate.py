"""Evacuation: a server whose host is dead is to be made anew on another one."""

from __future__ import annotations

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import abandoned, leftovers, moves, transitions
from nova_api.compute.moves import MoveRequest
from nova_api.compute.servers import shares
from nova_api.compute.servers.migrate import is_known
from nova_api.compute.servers.resize import Moved, record
from nova_api.context import RequestContext
from nova_api.db import actions, server_migrations, services
from nova_api.db import work as db_work


def evacuate(
    backend: Backend,
    context: RequestContext,
    server: Moved,
    host: str | None = None,
    *,
    force: bool = False,
    admin_password: str | None = None,
    ends_stopped: bool = False,
) -> None:
    """Accepts the move, to ``host`` where one is asked for; ``force`` asks no filter about it.

    ``ends_stopped`` leaves the server off whatever it was.  Raises HostNotFound;
    Invalid for the server's own host, ``force`` without a host, and a source
    that is alive; SharesInTheWay, ServerInvalidState, ServerNotReady.
    """
    shares.require_none(backend, server)
    if force and host is None:
        raise exception.Invalid("Can't force to a non-provided destination: say which host.")
    if host is not None and not is_known(backend, host):
        raise exception.HostNotFound(host=host)
    if host is not None and host == server.host:
        raise exception.Invalid("The target host can't be the same one as the server's.")
    transitions.check(server, "evacuate", context)
    if server.host is None:
        raise exception.ServerNotReady(server_id=server.uuid)
    source = server.host
    with backend.db.reader() as conn:
        if services.host_is_up(conn, source, backend.conf.service_down_time):
            raise exception.Invalid(f"Compute service of {source} is still in use.")

    def accept() -> abandoned.Dropped:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            transitions.begin(conn, server, "evacuate")
            dropped = abandoned.Dropped(conn, backend.conf, db_work.pending(conn, server.uuid))
            # What the dead host was still to do must not happen to the server in its new place.
            for action_id in db_work.discard(conn, server.uuid, dead_host=source, keep=moves.FORGET):
                actions.fail_unfinished(conn, action_id, f"Host {source} died; it was evacuated.", None)
            closed = server_migrations.close(conn, server.id)
            for cast in leftovers.left_by(conn, server, closed):
                accepted.casts.append(cast)
            migration = record(
                conn, context, server, server_migrations.EVACUATION, server_migrations.ACCEPTED, None
            )
            action = actions.start(conn, context, server.id, "evacuate")
            request = MoveRequest(
                migration,
                host=host,
                force=force,
                admin_password=admin_password,
                ends_stopped=ends_stopped,
            )
            accepted.enqueue(
                context, rpc.SCHEDULER, moves.EVACUATE, server, request.to_payload(), action_id=action
            )
            return dropped

    backend.db.retrying(accept).take_back(backend)
