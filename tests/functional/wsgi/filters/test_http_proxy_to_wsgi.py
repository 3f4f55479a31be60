import pytest

from nova_api.wsgi.filters.http_proxy_to_wsgi import HTTPProxyToWSGI
from nova_api.wsgi.options import OptionError

OLD = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "cloud.example.com",
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Prefix": "/compute",
}
NEW = {"Forwarded": "for=192.0.2.7;proto=https;host=cloud.example.com"}


def seen(app, ask, headers, **options):
    ask(HTTPProxyToWSGI.factory({}, **options)(app), "/v2.1", **headers)
    environ = app.seen[-1]
    return (
        environ["wsgi.url_scheme"],
        environ["HTTP_HOST"],
        environ.get("REMOTE_ADDR"),
        environ["SCRIPT_NAME"],
    )


def test_headers_mean_nothing_by_default(app, ask):
    assert seen(app, ask, OLD) == ("http", "api.example:80", None, "")


@pytest.mark.parametrize(("headers", "prefix"), [(OLD, "/compute"), (NEW, "")])
def test_headers_of_the_proxy(app, ask, headers, prefix):
    found = seen(app, ask, headers, enable_proxy_headers_parsing="true")
    assert found == ("https", "cloud.example.com", "192.0.2.7", prefix)


def test_wrong_option():
    with pytest.raises(OptionError, match="enable_proxy_headers_parsing has a wrong value"):
        HTTPProxyToWSGI.factory({}, enable_proxy_headers_parsing="perhaps")
