"""etc/api-paste.ini as it is shipped: it loads for every strategy, and its order is the one it tells."""

from __future__ import annotations

import configparser
import json
import pathlib
import shutil

import pytest
import webob

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api.api import policy
from nova_api.context import RequestContext
from nova_api.neighbours.identity import seeding
from nova_api.wsgi.check import check
from nova_api.wsgi.loader import Loader, PasteError, find_ini
from tests.functional import databases

INI = pathlib.Path(nova_conf.ROOT, "etc", "api-paste.ini")
#: What must stand outside what, and so in this order in every pipeline.
ORDER = [
    "cors",
    "http_proxy_to_wsgi",
    "request_id",
    "request_log",
    "faultwrap",
    "sizelimit",
    "noauth",
    "auth",
    "authtoken",
    "keystonecontext",
    "faults",
    "ratelimit",
]
STRATEGIES = {"noauth": ["noauth"], "deprecated": ["auth"], "keystone": ["authtoken", "keystonecontext"]}


KEYSTONE = """
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:9/identity
auth_type = password
auth_url = http://127.0.0.1:9/identity
"""


def make_conf(tmp_path, files=(), **options):
    conf = nova_conf.new([], list(files))
    conf.set_override("state_path", str(tmp_path / "state"))
    for name, value in options.items():
        conf.set_override(name, value)
    return conf


def make_app(conf, path=None):
    backend = nova_backend.of(conf)
    databases.make_tables(backend.db)
    seeding.seed(backend.identity)
    return Loader(conf, path).load_app("osapi_compute")


@pytest.fixture
def conf(tmp_path):
    made = make_conf(tmp_path)
    yield made
    nova_backend.of(made).db.dispose()


def ask(app, path, method="GET", body=None, **headers):
    request = webob.Request.blank(path, method=method, base_url="http://api.example")
    if body is not None:
        request.body = body
    request.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return request.get_response(app)


def pipelines():
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(INI)
    for section in parser.sections():
        for key, value in parser[section].items():
            if key == "pipeline" or key.removesuffix("_nolimit") in STRATEGIES:
                yield pytest.param(key, value.split(), id=f"{section} {key}")


def test_the_checkout_s_ini_is_found(conf):
    assert find_ini(conf) == str(INI)


def test_check_finds_it_fine(conf):
    sections = [line for line in INI.read_text().splitlines() if line.startswith("[")]
    assert check(conf, str(INI)) == len(sections)


@pytest.mark.parametrize(("key", "names"), list(pipelines()))
def test_order(key, names):
    filters = [name.removesuffix("_v2").partition("_short")[0].partition("_unsaid")[0] for name in names[:-1]]
    assert filters == [name for name in ORDER if name in filters]
    if key == "pipeline":
        return
    strategy = key.removesuffix("_nolimit")
    assert [name for name in filters if name in sum(STRATEGIES.values(), [])] == STRATEGIES[strategy]
    assert not (key.endswith("_nolimit") and "ratelimit" in filters)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("limited", [True, False])
def test_loads_for_every_strategy_and_version_documents_need_no_token(tmp_path, strategy, limited):
    (tmp_path / "nova.conf").write_text(KEYSTONE)
    conf = make_conf(tmp_path, [str(tmp_path / "nova.conf")], auth_strategy=strategy, api_rate_limit=limited)
    app = make_app(conf)
    for path in ("/", "/v2", "/v2/", "/v2.1", "/v2.1/", "/compute/v2.1/"):
        assert ask(app, path).status_int == 200, path
    reply = ask(app, "/v2.1/servers")
    assert (reply.status_int, reply.content_type) == (401, "text/plain")
    if strategy == "keystone":
        assert 'Keystone uri="http://127.0.0.1:9/identity"' in reply.headers.getall("WWW-Authenticate")
    nova_backend.of(conf).db.dispose()


def test_keystone_without_its_options_does_not_load(tmp_path):
    conf = make_conf(tmp_path, auth_strategy="keystone")
    with pytest.raises(
        PasteError, match=r"\[filter:authtoken\] .*\[keystone_authtoken\] www_authenticate_uri"
    ):
        Loader(conf).load_app("osapi_compute")


def test_headers_of_each_place(conf):
    app = make_app(conf)

    def names(path):
        return {name.lower() for name in ask(app, path).headers}

    both = {"x-openstack-request-id", "x-compute-request-id"}
    version = {"openstack-api-version", "x-openstack-nova-api-version"}
    assert not (both | version) & names("/")
    assert both | version <= names("/v2.1/")
    assert both <= names("/v2/")
    assert not version & names("/v2/")
    assert both <= names("/v2.1/servers"), "a 401 has its request id"


def test_options_needs_no_token(conf):
    reply = ask(make_app(conf), "/v2.1/servers", method="OPTIONS")
    assert (reply.status_int, reply.body) == (200, b"")


def test_too_large_a_body_is_refused_before_authentication(conf):
    reply = ask(make_app(conf), "/v2.1/servers", method="POST", body=b"x" * 114689)
    assert (reply.status_int, reply.json["overLimit"]["code"]) == (413, 413)
    assert "x-compute-request-id" in {name.lower() for name in reply.headers}


def test_rate_limit_is_413_on_the_legacy_api_and_429_with_microversions(conf, tmp_path):
    lines = INI.read_text().splitlines()
    tight = ['limits = (POST, "*", .*, 1, DAY)' if line.startswith("limits = ") else line for line in lines]
    (tmp_path / "tight.ini").write_text("\n".join(tight))
    app = make_app(conf, str(tmp_path / "tight.ini"))
    body = json.dumps({"keypair": {"name": "k"}}).encode()

    def post(path, user):
        return ask(app, path, method="POST", body=body, X_Auth_Token=f"{user}:p").status_int

    for path, refused in (("/v1.1", 413), ("/v2", 413), ("/v2.1", 429), ("/compute/v2.1", 429)):
        assert post(f"{path}/os-keypairs", f"user{path}") < 300
        assert post(f"{path}/os-keypairs", f"user{path}") == refused
    # One user, one count, whatever the way in.
    assert post("/v2/os-keypairs", "one") < 300
    assert post("/v2.1/os-keypairs", "one") == 429


def test_limits_show_in_the_api(conf):
    rate = ask(make_app(conf), "/v2/limits", X_Auth_Token="u:p").json["limits"]["rate"]
    assert {"verb": "POST", "value": 10000, "unit": "MINUTE"}.items() <= rate[0]["limit"][0].items()


def test_options_of_ones_own_do_not_meet_what_is_installed(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``~/.nova-api`` stands for ``/etc/nova-api``, which belongs to the machine."""
    installed, own = tmp_path / ".nova-api", tmp_path / "own"
    for folder in (installed, own):
        folder.mkdir()
        (folder / "nova.conf").write_text("[DEFAULT]\n")
    shutil.copy(INI, installed)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_ini(nova_conf.new()) == str(installed / INI.name)
    assert find_ini(nova_conf.new([], [str(own / "nova.conf")])) == str(INI)
    (installed / "policy.yaml").write_text('"os_compute_api:servers:index": "!"')
    context = RequestContext(user_id="u", project_id="p", roles=["reader"])

    def may(conf: nova_conf.Options) -> bool:
        return policy.Enforcer(conf).allows(context, "os_compute_api:servers:index", {"project_id": "p"})

    assert not may(nova_conf.new())
    assert may(nova_conf.new([], [str(own / "nova.conf")]))
