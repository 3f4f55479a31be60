"""Clients that ask for one thing after the other and remember what was accepted."""

from __future__ import annotations

import dataclasses
import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.chaos.operations import ACTIONS, ATTACH, CREATE, DELETE, DELETED, DETACH, Operation

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

    def __init__(self, uuid: str, name: str, *, from_volume: bool) -> None:
        self.uuid = uuid
        self.name = name
        self.from_volume = from_volume
        #: The request that its host is still at, with nothing to see of that in its states.
        self.doing: str | None = None
        #: The statuses that it may end in.
        self.expected = {CREATE.becomes}
        #: Whether it may end locked.
        self.locked = {False}
        self.abandoned = False


class Volume:
    """What its client knows of a volume that servers get and lose."""

    def __init__(self, uuid: str) -> None:
        self.uuid = uuid
        #: The servers that may have it; None for nobody.
        self.expected: set[str | None] = {None}


class Client(threading.Thread):
    """Asks until ``enough`` says so; everything random comes of ``seed``."""

    def __init__(
        self,
        number: int,
        port: int,
        image: str,
        volumes: Sequence[str],
        seed: int,
        enough: Callable[[], bool],
    ) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self._random = random.Random(f"{seed}/{number}")
        self._number = number
        self._port = port
        self._image = image
        self.volumes = [Volume(uuid) for uuid in volumes]
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
        from_volume = self._random.random() < 0.3
        disk = {"source_type": "image", "uuid": self._image, "destination_type": "volume", "boot_index": 0}
        disk |= {"volume_size": 1, "delete_on_termination": True}
        source = {"block_device_mapping_v2": [disk]} if from_volume else {"imageRef": self._image}
        body = {"name": name, "flavorRef": "1", "networks": "auto", **source}
        status, reply, request_id = self._call("POST", "/servers", {"server": body})
        uuid = reply["server"]["id"] if status == 202 else None
        self._note(CREATE, uuid, status, request_id)
        if uuid is not None:
            self.servers.append(Server(uuid, name, from_volume=from_volume))

    def _act(self, server: Server) -> None:
        status, reply, _ = self._call("GET", f"/servers/{server.uuid}")
        if status != 200:
            return
        seen = reply["server"]
        if seen["OS-EXT-STS:task_state"] is not None or seen["status"] not in server.expected:
            # Its last operation is not over; nobody's fault until the end of the run.
            self.stop.wait(0.02)
            return
        if server.doing is not None and not self._is_over(server.uuid, server.doing):
            self.stop.wait(0.02)
            return
        server.doing = None
        free, attached = self._volumes_of(None), self._volumes_of(server)
        possible = [
            action
            for action in (*ACTIONS, *([ATTACH] if free else ()), *([DETACH] if attached else ()))
            if action.status == seen["status"] and not (action.local and server.from_volume)
            # To lock what is locked is nothing, and leaves no action.
            if action.locks is None or seen["locked"] is not action.locks
        ]
        if not possible:
            return
        action = self._random.choices(possible, [action.weight for action in possible])[0]
        if action in (ATTACH, DETACH):
            volume = self._random.choice(free if action is ATTACH else attached)
            self._attach_or_detach(server, action, volume)
            return
        body = {"imageRef": self._image} if action.name == "rebuild" else action.body
        self._ask(server, action, "POST", f"/servers/{server.uuid}/action", {action.name: body})

    def _is_over(self, uuid: str, request_id: str) -> bool:
        status, reply, _ = self._call("GET", f"/servers/{uuid}/os-instance-actions/{request_id}")
        events = reply["instanceAction"]["events"] if status == 200 else []
        return bool(events) and all(event["finish_time"] for event in events)

    def _volumes_of(self, server: Server | None) -> list[Volume]:
        """Those that surely are the server's; or nobody's."""
        owner = None if server is None else server.uuid
        return [volume for volume in self.volumes if volume.expected == {owner}]

    def _attach_or_detach(self, server: Server, operation: Operation, volume: Volume) -> None:
        path = f"/servers/{server.uuid}/os-volume_attachments"
        if operation is ATTACH:
            asked = self._ask(server, ATTACH, "POST", path, {"volumeAttachment": {"volumeId": volume.uuid}})
        else:
            asked = self._ask(server, DETACH, "DELETE", f"{path}/{volume.uuid}")
        if asked.accepted:
            volume.expected = {server.uuid if operation is ATTACH else None}
            server.doing = asked.request_id
        elif server.abandoned:
            volume.expected = {server.uuid, None}

    def _forget(self, server: Server, *, surely: bool) -> None:
        """Its volumes are free, now or soon, or are perhaps."""
        for volume in self.volumes:
            if server.uuid in volume.expected:
                kept = volume.expected - {server.uuid} if surely else volume.expected
                volume.expected = {*kept, None}

    def _ask(self, server: Server, operation: Operation, method: str, path: str, body: Any = None) -> Asked:
        status, _, request_id = self._call(method, path, body)
        asked = self._note(operation, server.uuid, status, request_id)
        if asked.accepted:
            server.expected = {operation.becomes}
            if operation.locks is not None:
                server.locked = {operation.locks}
            server.abandoned = operation.becomes == DELETED
        elif status is None or status >= 500:
            # Perhaps it was done, perhaps not; both are right, and a half is not.
            server.expected = {*server.expected, operation.becomes}
            if operation.locks is not None:
                server.locked = {*server.locked, operation.locks}
            server.abandoned = True
        if operation is DELETE and server.abandoned:
            self._forget(server, surely=asked.accepted)
        return asked

    def _note(
        self, operation: Operation, server: str | None, status: int | None, request_id: str | None
    ) -> Asked:
        accepted = status in (200, 202, 204)
        asked = Asked(operation.name, server, request_id, accepted)
        if accepted or status is None or status >= 500:
            self.asked.append(asked)
        if accepted:
            self.accepted += 1
        else:
            key = f"{operation.name} {status}"
            self.refused[key] = self.refused.get(key, 0) + 1
        return asked

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
