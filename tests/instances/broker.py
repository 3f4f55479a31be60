"""A RabbitMQ node."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence

import amqp
import kombu

from tests.instances.instance import Instance, program
from tests.real_process import free_port


class Broker(Instance):
    """A node of its own name, reachable as guest; alone, with its own name server (epmd), until ``join``."""

    kind = "rabbitmq"
    users = ("rabbitmq",)

    def _make(self) -> None:
        # Not the packaged wrapper of the same name: it works in the folders of the machine's own node.
        wrapped = "/usr/lib/rabbitmq/bin/rabbitmq-server"
        self._program = wrapped if pathlib.Path(wrapped).exists() else program("rabbitmq-server")
        self._node = f"nova_api_{self.port}@localhost"
        self._epmd = free_port()
        self._has_epmd = True
        self._names: subprocess.Popen[bytes] | None = None
        self._distribution = free_port()
        for name in ("mnesia", "log", "home"):
            self.own(self.folder / name)
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "vm_memory_high_watermark.absolute = 1GB\n"
            "disk_free_limit.absolute = 50MB\n"
        )
        self.own(self.folder)

    def join(self, nodes: Sequence[Broker]) -> None:
        """Makes it one of the cluster of ``nodes``; before their first start."""
        self._epmd = nodes[0]._epmd
        self._has_epmd = self is nodes[0]
        with (self.folder / "rabbitmq.conf").open("a") as conf:
            conf.write("cluster_formation.peer_discovery_backend = classic_config\n")
            for number, node in enumerate(nodes, 1):
                conf.write(f"cluster_formation.classic_config.nodes.{number} = {node._node}\n")
        cookie = self.folder / "home" / ".erlang.cookie"
        cookie.write_text("NOVAAPITESTS")
        cookie.chmod(0o400)
        if self.user is not None:
            shutil.chown(cookie, self.user)

    @property
    def url(self) -> str:
        """As ``transport_url`` wants it."""
        return f"rabbit://guest:guest@127.0.0.1:{self.port}/"

    @property
    def management_url(self) -> str:
        return self.url.replace("rabbit:", "amqp:")

    def command(self) -> list[str]:
        return [self._program]

    def environment(self) -> Mapping[str, str]:
        return {
            "HOME": str(self.folder / "home"),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def answers(self) -> bool:
        try:
            with kombu.Connection(self.management_url, connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=1, timeout=2)
                # A node listens a little before it declares what it has kept.
                connection.default_channel.queue_declare("probe", auto_delete=True)
                connection.default_channel.queue_delete("probe")
        except (OSError, kombu.exceptions.KombuError, amqp.AMQPError):
            return False
        return True

    def suspend_queue(self, name: str) -> None:
        """The quorum queue ``name`` does nothing until ``resume_queue``, as one does that lost its quorum."""
        self._evaluate(f"sys:suspend('%2F_{name}').")

    def resume_queue(self, name: str) -> None:
        self._evaluate(f"sys:resume('%2F_{name}').")

    def _evaluate(self, expression: str) -> None:
        """Runs Erlang in the node."""
        wrapped = pathlib.Path(self._program).with_name("rabbitmqctl")
        command = [str(wrapped), "eval", expression]
        environment = {**os.environ, **self.environment()}
        done = subprocess.run(
            command,
            env=environment,
            user=self.user,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout.strip() == "ok", done.stdout + done.stderr

    def start(self, *, wait: bool = True) -> None:
        # In the foreground and ours to end: a node that finds no name server leaves one behind.
        if self._has_epmd and self._names is None:
            self._names = subprocess.Popen(
                [program("epmd"), "-port", str(self._epmd), "-address", "127.0.0.1"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                user=self.user,
            )
        super().start(wait=wait)

    def close(self) -> None:
        super().close()
        if self._names is not None:
            self._names.kill()
            self._names.wait()


def brokers(number: int) -> list[Broker]:
    """Nodes, not started; more than one are a cluster."""
    nodes = [Broker() for _ in range(number)]
    if number > 1:
        for node in nodes:
            node.join(nodes)
    return nodes


def transport_url(nodes: Sequence[Broker]) -> str:
    """``[DEFAULT] transport_url`` for clients of all ``nodes``."""
    places = ",".join(f"guest:guest@127.0.0.1:{node.port}" for node in nodes)
    return f"rabbit://{places}/"
