"""Which application a path reaches, and which pipeline the options pick."""

from __future__ import annotations

import pytest
import webob

from nova_api import conf as nova_conf
from nova_api.wsgi.loader import Loader

PARTS = "tests.functional.wsgi.paste_parts"


@pytest.fixture
def load(tmp_path):
    def make(text, name="main", **options):
        conf = nova_conf.new([], config_files=[])
        for option, value in options.items():
            conf.set_override(option, value)
        ini = tmp_path / "paste.ini"
        ini.write_text(text.replace("PARTS", PARTS))
        return Loader(conf, str(ini)).load_app(name)

    return make


def get(app, path, **environ):
    return webob.Request.blank(path, environ=environ).get_response(app)


MAPPED = """
[composite:main]
use = call:nova_api.wsgi.urlmap:urlmap_factory
/ = root
/v2 = two
/v2.1 = twoone
/compute = inner
[composite:inner]
use = call:nova_api.wsgi.urlmap:urlmap_factory
/v2.1 = twoone
[app:root]
paste.app_factory = PARTS:echo_factory
me = root
[app:two]
paste.app_factory = PARTS:echo_factory
me = two
[app:twoone]
paste.app_factory = PARTS:echo_factory
me = twoone
"""


@pytest.mark.parametrize(
    ("path", "me", "script", "rest"),
    [
        ("/", "root", "", "/"),
        ("/elsewhere/x", "root", "", "/elsewhere/x"),
        ("/v2", "two", "/v2", ""),
        ("/v2/", "two", "/v2", "/"),
        ("/v2/servers", "two", "/v2", "/servers"),
        ("/v2.1", "twoone", "/v2.1", ""),
        ("/v2.1/servers", "twoone", "/v2.1", "/servers"),
        ("/v2.10/servers", "root", "", "/v2.10/servers"),
        ("/v2x", "root", "", "/v2x"),
        ("/compute/v2.1/servers", "twoone", "/compute/v2.1", "/servers"),
        ("//v2.1///servers", "twoone", "/v2.1", "/servers"),
    ],
)
def test_longest_prefix_takes_the_request(load, path, me, script, rest):
    # Not Request.blank, which takes what follows // for a host.
    request = webob.Request.blank("/")
    request.path_info = path
    reply = request.get_response(load(MAPPED)).json
    assert (reply["options"]["me"], reply["script"], reply["path"]) == (me, script, rest)


def test_nothing_mounted_there_is_a_plain_404(load):
    app = load(MAPPED, "inner")
    reply = get(app, "/v3")
    assert reply.status_int == 404
    assert "Not Found" in reply.text


def test_not_found_app_gets_the_rest(load):
    text = MAPPED.replace("[composite:inner]", "[composite:inner]\nnot_found_app = root")
    assert get(load(text, "inner"), "/v3").json["options"]["me"] == "root"


def test_one_application_however_often_it_is_mounted(load):
    app = load(MAPPED)
    assert get(app, "/v2.1").json["id"] == get(app, "/compute/v2.1").json["id"] != get(app, "/v2").json["id"]


PICKED = """
[composite:main]
use = call:nova_api.wsgi.pipeline:pipeline_factory
noauth = a limit echo
noauth_nolimit = a echo
keystone = a b limit echo
[app:echo]
paste.app_factory = PARTS:echo_factory
[filter:a]
paste.filter_factory = PARTS:trail_factory
mark = a
[filter:b]
use = a
mark = b
[filter:limit]
paste.filter_app_factory = PARTS:trail_app_factory
mark = limit
"""


@pytest.mark.parametrize(
    ("options", "trail"),
    [
        ({}, ["a", "limit"]),
        ({"api_rate_limit": False}, ["a"]),
        ({"auth_strategy": "keystone"}, ["a", "b", "limit"]),
    ],
)
def test_options_pick_the_pipeline_and_the_first_filter_is_outermost(load, options, trail):
    assert get(load(PICKED, **options), "/").json["trail"] == trail


FOREIGN = """
[DEFAULT]
colour = green
[composite:main]
use = egg:Paste#urlmap
/echo = echo
/two = two
/filtered = filtered
/with = with
/other = config:other.ini#echo
[composite:two]
paste.composite_factory = PARTS:two_of
first = echo
second = taken
[app:echo]
paste.app_factory = PARTS:echo_factory
shade = dark %(colour)s
folder = %(here)s
set size = 7
[app:taken]
use = base
get tint = colour
[app:base]
paste.app_factory = PARTS:echo_factory
tint = none
own = 1
[filter-app:filtered]
use = trail
next = echo
mark = outer
[app:with]
use = echo
filter-with = trail
[filter:trail]
paste.filter_factory = PARTS:trail_factory
mark = t
"""


def test_what_paste_deploy_can_the_loader_can(load, tmp_path):
    other = f"[app:echo]\npaste.app_factory = {PARTS}:echo_factory\nwhere = other\n"
    (tmp_path / "other.ini").write_text(other)
    app = load(FOREIGN)
    echo = get(app, "/echo/x").json
    assert echo["options"] == {"shade": "dark green", "folder": str(tmp_path)}
    assert (echo["global"]["colour"], echo["global"]["size"]) == ("green", "7")
    assert (echo["script"], echo["path"]) == ("/echo", "/x")
    assert get(app, "/two/1").json["options"]["shade"] == "dark green"
    assert get(app, "/two/2").json["options"] == {"tint": "green", "own": "1"}
    assert get(app, "/filtered").json["trail"] == ["outer"]
    assert get(app, "/with").json["trail"] == ["t"]
    assert get(app, "/other").json["options"] == {"where": "other"}


def test_factories_see_the_loader_s_configuration(load):
    with nova_conf.activate(nova_conf.new([], config_files=[])) as outer:
        outer.set_override("auth_strategy", "deprecated")
        assert get(load(PICKED), "/").json["trail"] == ["a", "limit"]
        assert nova_conf.active() is outer
