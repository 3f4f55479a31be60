"""Clients that ask for one thing after the other and remember what was accepted."""

from __future__ import annotations

import dataclasses
import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.chaos.operations import ACTIONS, CREATE, DELETE, DELETED, Operation

#: Seconds after which a client gives up on a reply.
PATIENCE = 60.0
#: Servers that one client keeps.
_HERD = 10
VERSION = "2.90"


@dataclasses.dataclass
class Asked:
    """One request whose outcome counts: accepted, or cut off before its reply and then perhaps done."""

    operation: str
    server: str | None
    request_id: str | None
    accepted: bool


class Server:
    """What its client knows of a server."""

    def __init__(self, uuid: str, name: str) -> None:
        self.uuid = uuid
        self.name = name
        #: The statuses that it may end in.
        self.expected = {CREATE.becomes}
        self.abandoned = False


class Client(threading.Thread):
    """Asks until ``enough`` says so; everything random comes of ``seed``."""

    def __init__(self, number: int, port: int, image: str, seed: int, enough: Callable[[], bool]) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self._random = random.Random(f"{seed}/{number}")
        self._number = number
        self._port = port
        self._image = image
        self._enough = enough
        self._connection: http.client.HTTPConnection | None = None
        self._names = 0
        self.accepted = 0
        self.asked: list[Asked] = []
        self.servers: list[Server] = []
        self.refused: dict[str, int] = {}
        self.broken: BaseException | None = None
        self.stop = threading.Event()

    def run(self) -> None:
        try:
            while not self._enough() and not self.stop.is_set():
                self._one()
        except BaseException as error:
            self.broken = error
            raise

    @property
    def _living(self) -> list[Server]:
        return [server for server in self.servers if not server.abandoned]

    def _one(self) -> None:
        living = self._living
        if len(living) < _HERD and self._random.random() < 0.25:
            self._create()
            return
        if not living:
            return
        server = self._random.choice(living)
        if self._random.random() < 0.15:
            self._ask(server, DELETE, "DELETE", f"/servers/{server.uuid}")
            return
        self._act(server)

    def _create(self) -> None:
        self._names += 1
        name = f"c{self._number}-{self._names}"
        body = {"name": name, "flavorRef": "1", "imageRef": self._image, "networks": "auto"}
        status, reply, request_id = self._call("POST", "/servers", {"server": body})
        uuid = reply["server"]["id"] if status == 202 else None
        self._note(CREATE, uuid, status, request_id)
        if uuid is not None:
            self.servers.append(Server(uuid, name))

    def _act(self, server: Server) -> None:
        status, reply, _ = self._call("GET", f"/servers/{server.uuid}")
        if status != 200:
            return
        seen = reply["server"]
        if seen["OS-EXT-STS:task_state"] is not None or seen["status"] not in server.expected:
            # Its last operation is not over; nobody's fault until the end of the run.
            self.stop.wait(0.02)
            return
        possible = [action for action in ACTIONS if action.status == seen["status"]]
        if not possible:
            return
        action = self._random.choices(possible, [action.weight for action in possible])[0]
        body = {"imageRef": self._image} if action.name == "rebuild" else action.body
        self._ask(server, action, "POST", f"/servers/{server.uuid}/action", {action.name: body})

    def _ask(self, server: Server, operation: Operation, method: str, path: str, body: Any = None) -> None:
        status, _, request_id = self._call(method, path, body)
        self._note(operation, server.uuid, status, request_id)
        if status in (200, 202, 204):
            server.expected = {operation.becomes}
            server.abandoned = operation.becomes == DELETED
        elif status is None or status >= 500:
            # Perhaps it was done, perhaps not; both are right, and a half is not.
            server.expected = {*server.expected, operation.becomes}
            server.abandoned = True

    def _note(
        self, operation: Operation, server: str | None, status: int | None, request_id: str | None
    ) -> None:
        accepted = status in (200, 202, 204)
        if accepted or status is None or status >= 500:
            self.asked.append(Asked(operation.name, server, request_id, accepted))
        if accepted:
            self.accepted += 1
        else:
            key = f"{operation.name} {status}"
            self.refused[key] = self.refused.get(key, 0) + 1

    def _connected(self) -> http.client.HTTPConnection:
        """The connection of before, or a new one as soon as the API is there: nothing has been asked yet."""
        end = time.monotonic() + PATIENCE
        while self._connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            try:
                connection.connect()
            except OSError:
                if time.monotonic() > end:
                    raise
                self.stop.wait(0.05)
            else:
                self._connection = connection
        return self._connection

    def _call(self, method: str, path: str, body: Any = None) -> tuple[int | None, Any, str | None]:
        """Status (None when the connection broke), body, request id."""
        headers = {
            "X-Auth-Token": "chaos:chaos:admin,member,reader",
            "OpenStack-API-Version": f"compute {VERSION}",
            "Content-Type": "application/json",
        }
        text = None if body is None else json.dumps(body)
        connection = self._connected()
        try:
            connection.request(method, "/v2.1" + path, text, headers)
            reply = connection.getresponse()
            data = reply.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self._connection = None
            return None, None, None
        if reply.status == 503:
            self.stop.wait(0.1)
        parsed = json.loads(data) if data else None
        return reply.status, parsed, reply.headers.get("x-openstack-request-id")
