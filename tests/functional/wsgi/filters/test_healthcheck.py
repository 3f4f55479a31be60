import pytest

from nova_api.wsgi.filters.healthcheck import Healthcheck
from nova_api.wsgi.options import OptionError


def test_healthy(ask):
    assert ask(Healthcheck.app_factory({})).status_int == 200
    assert ask(Healthcheck.app_factory({}), method="HEAD").status_int == 204


def test_drained_by_a_file(ask, tmp_path):
    drain = tmp_path / "drain"
    app = Healthcheck.app_factory({}, backends="disable_by_file", disable_by_file_path=str(drain))
    assert (ask(app).status_int, ask(app).text) == (200, "OK")
    drain.touch()
    assert (ask(app).status_int, ask(app).text) == (503, "DISABLED BY FILE")


def test_wrong_options():
    with pytest.raises(OptionError, match="backend is not an option here.*did you mean 'backends'"):
        Healthcheck.app_factory({}, backend="x")
    with pytest.raises(OptionError, match="detailed has a wrong value"):
        Healthcheck.app_factory({}, detailed="perhaps")
