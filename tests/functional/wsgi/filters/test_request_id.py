import re

import pytest
from oslo_context.context import get_current

from nova_api.context import GLOBAL_REQUEST_ID_KEY, REQUEST_ID_KEY
from nova_api.wsgi.filters.request_id import RequestId
from nova_api.wsgi.options import OptionError

ID = re.compile(r"req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def test_new_id_in_environ_and_in_both_headers(app, ask):
    reply = ask(RequestId.factory({})(app))
    request_id = app.seen[0][REQUEST_ID_KEY]
    assert ID.fullmatch(request_id)
    assert reply.headers["x-openstack-request-id"] == reply.headers["x-compute-request-id"] == request_id
    ask(RequestId.factory({})(app))
    assert app.seen[1][REQUEST_ID_KEY] != request_id


def test_global_id_is_honoured_and_is_not_the_request_s_own(app, ask):
    given = "req-11111111-2222-3333-4444-555555555555"
    reply = ask(RequestId.factory({})(app), X_OpenStack_Request_ID=given)
    assert app.seen[0][GLOBAL_REQUEST_ID_KEY] == given
    assert reply.headers["x-openstack-request-id"] == app.seen[0][REQUEST_ID_KEY] != given


@pytest.mark.parametrize(
    "given", ["", "req-1", "11111111-2222-3333-4444-555555555555", "req-x\nFAKE log line"]
)
def test_malformed_global_id_is_dropped(app, ask, given):
    ask(RequestId.factory({})(app), environ={"HTTP_X_OPENSTACK_REQUEST_ID": given})
    assert GLOBAL_REQUEST_ID_KEY not in app.seen[0]


def test_headers_option(app, ask):
    assert (
        "x-compute-request-id"
        not in ask(RequestId.factory({}, headers="x-openstack-request-id")(app)).headers
    )
    silent = ask(RequestId.factory({}, headers="")(app))
    assert not [name for name in silent.headers if "request-id" in name.lower()]


def test_id_replaces_what_the_application_said(ask):
    def forging(environ, start_response):
        start_response("200 OK", [("X-OpenStack-Request-Id", "req-forged")])
        return [b""]

    assert ask(RequestId.factory({})(forging)).headers.getall("x-openstack-request-id") != ["req-forged"]


def test_unknown_option():
    with pytest.raises(OptionError, match="did you mean 'headers'"):
        RequestId.factory({}, header="x")


def test_log_lines_of_a_thread_name_the_request_that_it_serves_now(app, ask):
    for _ in range(2):
        reply = ask(RequestId.factory({})(app))
        assert get_current().request_id == reply.headers["x-openstack-request-id"]
