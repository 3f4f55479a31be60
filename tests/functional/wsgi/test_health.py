"""/healthcheck/deep: which of database and broker does not answer."""

from __future__ import annotations

import contextlib
import logging
import pathlib
import socket
import ssl
import threading

import pytest
import webob

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api.db import migrate
from nova_api.wsgi.filters.healthcheck import Healthcheck
from nova_api.wsgi.loader import Loader

BROKER = ("127.0.0.1", 5672)
BOTH = "nova_database, nova_broker"


@pytest.fixture
def conf(tmp_path: pathlib.Path):
    made = nova_conf.new([], [])
    made.set_override("state_path", str(tmp_path / "state"))
    with nova_conf.activate(made):
        yield made
        nova_backend.of(made).db.dispose()


def ask(conf, **headers):
    app = Healthcheck.app_factory({}, backends=BOTH)
    reply = webob.Request.blank("/", headers=headers).get_response(app)
    return reply.status_int, reply.text


@pytest.fixture
def port():
    """Somebody who listens there and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_both_answer(conf):
    migrate.upgrade(nova_backend.of(conf).db)
    assert ask(conf) == (200, "database OK\nbroker OK")


def test_no_database(conf, caplog):
    conf.set_override("connection", "postgresql://nobody:secret@127.0.0.1:1/none", group="database")
    conf.set_override("max_retries", 0, group="database")
    with caplog.at_level(logging.WARNING):
        assert ask(conf) == (503, "database does not answer\nbroker OK")
    assert "the database does not answer" in caplog.text
    assert "secret" not in caplog.text


def test_no_broker(conf, port, unused_port):
    migrate.upgrade(nova_backend.of(conf).db)
    for dead in (port, unused_port):
        conf.set_override("transport_url", f"rabbit://guest:guest@127.0.0.1:{dead}/")
        assert ask(conf) == (503, "database OK\nbroker does not answer")


@pytest.fixture
def tls_broker(certificate):
    """The port of the machine's broker, as one that speaks TLS alone."""
    try:
        socket.create_connection(BROKER, timeout=3).close()
    except OSError:
        pytest.skip("no RabbitMQ answers on 127.0.0.1:5672")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_unwrap, args=(listener, context), daemon=True).start()
        yield listener.getsockname()[1]


def _unwrap(listener, context):
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        try:
            near.settimeout(5)
            near = context.wrap_socket(near, server_side=True)
        except OSError:
            near.close()
            continue
        threading.Thread(target=_between, args=(near, socket.create_connection(BROKER)), daemon=True).start()


def _between(near, far):
    def copy(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (near, far):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    back = threading.Thread(target=copy, args=(far, near), daemon=True)
    back.start()
    copy(near, far)
    back.join()
    near.close()
    far.close()


def test_a_broker_that_speaks_tls(tls_broker, certificate, tmp_path):
    path = tmp_path / "nova.conf"

    def told(more):
        path.write_text(
            f"[DEFAULT]\nstate_path = {tmp_path}/state\n"
            f"transport_url = rabbit://guest:guest@127.0.0.1:{tls_broker}/\n{more}"
        )
        conf = nova_conf.new([], [str(path)])
        with nova_conf.activate(conf):
            migrate.upgrade(nova_backend.of(conf).db)
            try:
                return ask(conf)
            finally:
                nova_backend.of(conf).db.dispose()

    authorities = f"[oslo_messaging_rabbit]\nssl = true\nssl_ca_file = {certificate[0]}\n"
    assert told(authorities) == (200, "database OK\nbroker OK")
    assert told("") == (503, "database OK\nbroker does not answer")
    # The certificate is another name's.
    elsewhere = f"[DEFAULT]\ntransport_url = rabbit://guest:guest@localhost:{tls_broker}/\n"
    assert told(elsewhere + authorities) == (503, "database OK\nbroker does not answer")


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_as_shipped(conf):
    migrate.upgrade(nova_backend.of(conf).db)
    app = Loader(conf).load_app("osapi_compute")
    assert webob.Request.blank("/healthcheck").get_response(app).status_int == 200
    assert webob.Request.blank("/healthcheck/deep").get_response(app).text == "database OK\nbroker OK"
