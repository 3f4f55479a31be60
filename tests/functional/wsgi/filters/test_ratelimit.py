import time
import uuid

import pytest
import redis

from nova_api.context import ENVIRON_KEY, RATE_LIMITS_KEY, RequestContext
from nova_api.wsgi import ratelimits
from nova_api.wsgi.filters.ratelimit import RateLimit
from nova_api.wsgi.options import OptionError

TWO_A_MINUTE = '(POST, "*/servers", ^/servers, 2, MINUTE)'


def asking(ask, user="u1", project="p1"):
    def request(app, path, method="POST"):
        environ = {ENVIRON_KEY: RequestContext(user_id=user, project_id=project)}
        return ask(app, path, method=method, environ=environ)

    return request


@pytest.fixture
def post(ask):
    return asking(ask)


def test_over_the_limit(conf, app, post):
    limited = RateLimit.factory({}, limits=TWO_A_MINUTE)(app)
    assert [post(limited, "/servers").status_int for _ in range(3)] == [200, 200, 429]
    reply = post(limited, "/servers")
    fault = reply.json["overLimit"]
    assert fault["code"] == 429
    assert "Only 2 POST requests to */servers may be made in one minute" in fault["message"]
    assert fault["retryAfter"] == reply.headers["Retry-After"]
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert len(app.seen) == 2


def test_status_413_for_the_legacy_api(conf, app, post):
    limited = RateLimit.factory({}, limits=TWO_A_MINUTE, status="413")(app)
    reply = [post(limited, "/servers") for _ in range(3)][-1]
    assert (reply.status_int, reply.json["overLimit"]["code"]) == (413, 413)


@pytest.mark.parametrize(
    "path",
    ["/servers", "/p1/servers", "/6f70-656e/servers", "//servers", "//p1//servers", "/servers/x/action?y=1"],
)
def test_what_a_limit_matches(conf, app, post, path):
    limited = RateLimit.factory({}, limits=TWO_A_MINUTE)(app)
    assert [post(limited, path).status_int for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("path", "method"), [("/flavors", "POST"), ("/servers", "GET"), ("/x/servers", "POST")]
)
def test_what_it_does_not(conf, app, post, path, method):
    limited = RateLimit.factory({}, limits=TWO_A_MINUTE)(app)
    assert [post(limited, path, method).status_int for _ in range(4)] == [200] * 4


def test_query_is_matched_too(conf, app, post):
    limited = RateLimit.factory({}, limits="(GET, *changes-since*, .*changes-since.*, 1, HOUR)")(app)
    assert [post(limited, "/servers?changes-since=x", "GET").status_int for _ in range(2)] == [200, 429]
    assert post(limited, "/servers", "GET").status_int == 200


def test_each_user_has_its_own(conf, app, ask):
    limited = RateLimit.factory({}, limits=TWO_A_MINUTE)(app)
    for user in ("u1", "u2"):
        assert [asking(ask, user)(limited, "/servers").status_int for _ in range(3)] == [200, 200, 429]
    assert asking(ask, "u1", project="p2")(limited, "/servers").status_int == 429


def test_nobody_is_not_limited(conf, app, ask):
    limited = RateLimit.factory({}, limits='(GET, "*", .*, 1, DAY)')(app)
    assert [ask(limited, "/").status_int for _ in range(3)] == [200] * 3


def test_retry_after_is_true(conf, app, post):
    limited = RateLimit.factory({}, limits='(POST, "*", .*, 1, SECOND)')(app)
    assert post(limited, "/x").status_int == 200
    reply = post(limited, "/x")
    assert (reply.status_int, reply.headers["Retry-After"]) == (429, "1")
    time.sleep(1)
    assert post(limited, "/x").status_int == 200


def test_refused_request_counts_against_no_other_limit(conf, app, post):
    limited = RateLimit.factory({}, limits=f'(POST, "*", .*, 3, HOUR);{TWO_A_MINUTE}')(app)
    assert [post(limited, "/servers").status_int for _ in range(4)] == [200, 200, 429, 429]
    assert [post(limited, "/flavors").status_int for _ in range(2)] == [200, 429]


def test_pipelines_of_one_configuration_count_together(conf, app, post):
    new, old = (
        RateLimit.factory({}, limits=TWO_A_MINUTE),
        RateLimit.factory({}, limits=TWO_A_MINUTE, status="413"),
    )
    pipelines = new(app), old(app)
    assert [post(made, "/servers").status_int for made in pipelines * 2] == [200, 200, 429, 413]


def test_limits_are_published(conf, app, post):
    limits = f'{TWO_A_MINUTE};(PUT, "*/servers", ^/servers, 9, DAY);(GET, "*", .*, 5, HOUR)'
    limited = RateLimit.factory({}, limits=limits)(app)
    post(limited, "/servers")
    servers, everything = app.seen[0][RATE_LIMITS_KEY]()
    assert (servers["uri"], servers["regex"]) == ("*/servers", "^/servers")
    shown = [{k: v for k, v in limit.items() if k != "next-available"} for limit in servers["limit"]]
    assert shown == [
        {"verb": "POST", "value": 2, "remaining": 1, "unit": "MINUTE"},
        {"verb": "PUT", "value": 9, "remaining": 9, "unit": "DAY"},
    ]
    assert everything["limit"][0]["remaining"] == 5
    post(limited, "/servers")
    used_up = app.seen[1][RATE_LIMITS_KEY]()[0]["limit"][0]
    assert used_up["remaining"] == 0
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert used_up["next-available"] > now >= everything["limit"][0]["next-available"]


def test_classic_syntax():
    parsed = ratelimits.parse(
        '(POST, "*", .*, 10, MINUTE); (get,*changes-since*,.*changes-since.*, 3,minute);\n'
        '  (DELETE, "/a,(b)", ^/a{1,2}(b|c;), 100, DAY);'
    )
    assert [(r.verb, r.uri, r.pattern.pattern, r.value, r.unit) for r in parsed] == [
        ("POST", "*", ".*", 10, "MINUTE"),
        ("GET", "*changes-since*", ".*changes-since.*", 3, "MINUTE"),
        ("DELETE", "/a,(b)", "^/a{1,2}(b|c;)", 100, "DAY"),
    ]
    assert ratelimits.parse("  ") == ()


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ("POST, *, .*, 10, MINUTE", "is not a list of"),
        ("(POST, *, .*, 10)", "is not a list of"),
        ("(POST, *, .*, ten, MINUTE)", "is not a list of"),
        ("(POST, *, .*, 10, MINUTE)(PUT, *, .*, 10, MINUTE)", "regular expression|is not a list of|unit"),
        ("(FETCH, *, .*, 10, MINUTE)", "has the verb 'FETCH'"),
        ("(POST, *, .*, 10, WEEK)", "has the unit 'WEEK'"),
        ("(POST, *, (, 10, DAY)", "has a regular expression that is none"),
        ("(POST, *, .*, 0, DAY)", "must be at least 1"),
    ],
)
def test_wrong_limits(conf, limits, reason):
    with pytest.raises(OptionError, match=reason) as caught:
        RateLimit.factory({}, limits=limits)
    assert caught.value.key == "limits"


def test_counters_of_one_process_are_refused_for_many_workers(conf):
    conf.set_override("osapi_compute_workers", 4)
    with pytest.raises(
        OptionError, match=r"osapi_compute_workers = 4 every limit would be 4 times as high"
    ) as caught:
        RateLimit.factory({}, limits=TWO_A_MINUTE)
    assert caught.value.key == "storage_uri"
    RateLimit.factory({}, limits=TWO_A_MINUTE, storage_uri="redis://127.0.0.1:6379/0")


def test_store_that_there_is_not(conf, app):
    with pytest.raises(OptionError, match="storage_uri names no store"):
        RateLimit.factory({}, limits=TWO_A_MINUTE, storage_uri="floppy://a")(app)


def test_redis_counts_for_several_processes(conf, app, ask):
    try:
        redis.Redis(socket_connect_timeout=1).ping()
    except redis.exceptions.ConnectionError as error:
        pytest.skip(f"no Redis at 127.0.0.1:6379: {error}")
    from limits.storage import storage_from_string

    post = asking(ask, user=f"nova_api_test_{uuid.uuid4()}")
    uri = "redis://127.0.0.1:6379/0"
    rules = ratelimits.parse(TWO_A_MINUTE)
    # Two counters with connections of their own are what two processes have.
    here, there = (ratelimits.Counter(rules, storage_from_string(uri)) for _ in range(2))
    user = f"nova_api_test_{uuid.uuid4()}"
    over = [counter.count(user, "POST", "/servers") for counter in (here, there, here)]
    assert over[:2] == [None, None]
    assert 1 <= over[2].wait <= 60
    assert there.usage(user)[0]["limit"][0]["remaining"] == 0
    limited = RateLimit.factory({}, limits=TWO_A_MINUTE, storage_uri=uri)(app)
    assert [post(limited, "/servers").status_int for _ in range(3)] == [200, 200, 429]


def test_store_that_is_down_lets_requests_pass(conf, app, post, caplog, unused_port):
    uri = f"redis://127.0.0.1:{unused_port}/0"
    limited = RateLimit.factory({}, limits='(POST, "*", .*, 1, DAY)', storage_uri=uri)(app)
    assert [post(limited, "/x").status_int for _ in range(2)] == [200, 200]
    assert "does not answer" in caplog.text


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
