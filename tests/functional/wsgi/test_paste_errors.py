"""A broken ini ends in one line that names file, section and key."""

from __future__ import annotations

import sys

import pytest

from nova_api import conf as nova_conf
from nova_api.wsgi.loader import Loader, PasteError

PARTS = "tests.functional.wsgi.paste_parts"
GOOD = f"""
[app:echo]
paste.app_factory = {PARTS}:echo_factory

[filter:trail]
paste.filter_factory = {PARTS}:trail_factory
"""

BROKEN = {
    "unknown section in a composite": (
        "[composite:main]\nuse = call:nova_api.wsgi.urlmap:urlmap_factory\n/ = ehco\n" + GOOD,
        "[composite:main] /:",
        "did you mean 'echo'",
    ),
    "unknown filter in a pipeline": (
        "[pipeline:main]\npipeline = trial echo\n" + GOOD,
        "[pipeline:main] pipeline:",
        "[filter:trial]",
    ),
    "an app where a filter must be": (
        "[pipeline:main]\npipeline = echo echo\n" + GOOD,
        "[pipeline:main] pipeline:",
        "must be filter, but it is [app:echo]",
    ),
    "missing use": ("[composite:main]\n/ = echo\n" + GOOD, "[composite:main] use:", "is missing"),
    "missing pipeline": ("[pipeline:main]\n" + GOOD, "[pipeline:main] pipeline:", "is missing"),
    "missing next": (
        "[filter-app:main]\nuse = trail\n" + GOOD,
        "[filter-app:main] next:",
        "is missing",
    ),
    "extra key in a pipeline": (
        "[pipeline:main]\npipeline = echo\ncolour = red\n" + GOOD,
        "[pipeline:main] colour:",
        "takes only 'pipeline'",
    ),
    "module that does not import": (
        "[app:main]\npaste.app_factory = no_such_module:factory\n",
        "[app:main] paste.app_factory:",
        "No module named 'no_such_module'",
    ),
    "factory that is not in its module": (
        f"[app:main]\npaste.app_factory = {PARTS}:no_such\n",
        "[app:main] paste.app_factory:",
        "has no attribute 'no_such'",
    ),
    "call: that does not import": (
        "[composite:main]\nuse = call:no_such_module:factory\n",
        "[composite:main] use:",
        "No module named 'no_such_module'",
    ),
    "factory that is no name at all": (
        "[app:main]\npaste.app_factory = one two\n",
        "[app:main] paste.app_factory:",
        "is not of the form module:factory",
    ),
    "factory that cannot be called": (
        f"[app:main]\npaste.app_factory = {PARTS}:not_callable\n",
        "[app:main] paste.app_factory:",
        "cannot be called",
    ),
    "egg that is not installed": (
        "[app:main]\nuse = egg:no-such-egg\n",
        "[app:main] use:",
        "no-such-egg",
    ),
    "entry point that an egg lacks": (
        "[app:main]\nuse = egg:Paste#no_such\n",
        "[app:main] use:",
        "no_such",
    ),
    "scheme that nobody knows": ("[app:main]\nuse = ftp:thing\n", "[app:main] use:", "scheme not known"),
    "filter's factory in an app": (
        f"[app:main]\npaste.filter_factory = {PARTS}:trail_factory\n",
        "[app:main] paste.filter_factory:",
        "makes no application",
    ),
    "unknown option": (
        f"[app:main]\npaste.app_factory = {PARTS}:strict_factory\ncolour = red\nsise = 2\n",
        "[app:main] sise:",
        "did you mean 'size'",
    ),
    "missing option": (
        f"[app:main]\npaste.app_factory = {PARTS}:strict_factory\n",
        "[app:main] colour:",
        "is missing",
    ),
    "wrong value that the factory's error quotes": (
        f"[app:main]\npaste.app_factory = {PARTS}:strict_factory\ncolour = red\nsize = big\n",
        "[app:main] size:",
        "'big'",
    ),
    "wrong value below a use": (
        f"[app:main]\nuse = b\n[app:b]\npaste.app_factory = {PARTS}:strict_factory\ncolour = red\nsize = G\n",
        "[app:b] size:",
        "'G'",
    ),
    "unknown option of our filter": (
        "[pipeline:main]\npipeline = limit echo\n[filter:limit]\n"
        "paste.filter_factory = nova_api.wsgi.filters.sizelimit:SizeLimit.factory\nmax_body = 3\n" + GOOD,
        "[filter:limit] max_body:",
        "is not an option",
    ),
    "wrong number for our filter": (
        "[pipeline:main]\npipeline = limit echo\n[filter:limit]\n"
        "paste.filter_factory = nova_api.wsgi.filters.sizelimit:SizeLimit.factory\n"
        "max_request_body_size = many\n" + GOOD,
        "[filter:limit] max_request_body_size:",
        "is not a whole number: 'many'",
    ),
    "wrong option of a uri in a pipeline": (
        "[pipeline:main]\npipeline = egg:Paste#no_such echo\n" + GOOD,
        "[pipeline:main] pipeline:",
        "no_such",
    ),
    "factory that fails": (
        f"[app:main]\npaste.app_factory = {PARTS}:broken_factory\n",
        "[app:main] paste.app_factory:",
        "RuntimeError: the disk is full",
    ),
    "factory that makes nothing": (
        f"[app:main]\npaste.app_factory = {PARTS}:nothing_factory\n",
        "[app:main] paste.app_factory:",
        "made None",
    ),
    "filter factory that makes nothing": (
        f"[pipeline:main]\npipeline = n echo\n[filter:n]\npaste.filter_factory = {PARTS}:nothing_factory\n"
        + GOOD,
        "[filter:n] paste.filter_factory:",
        "made None",
    ),
    "loop of composite and pipeline": (
        "[composite:main]\nuse = call:nova_api.wsgi.urlmap:urlmap_factory\n/ = guarded\n"
        "[pipeline:guarded]\npipeline = trail main\n" + GOOD,
        "[pipeline:guarded] pipeline:",
        "loops: main -> guarded -> main",
    ),
    "loop of use": (
        "[app:main]\nuse = other\n[app:other]\nuse = main\n",
        "[app:other] use:",
        "loops: main -> other -> main",
    ),
    "section that uses itself": ("[app:main]\nuse = main\n", "[app:main] use:", "loops: main -> main"),
    "loop of filters": (
        "[pipeline:main]\npipeline = a echo\n[filter:a]\nuse = b\n[filter:b]\nuse = a\n" + GOOD,
        "[filter:b] use:",
        "loops: a -> b -> a",
    ),
    "section twice": ("[app:main]\n[app:main]\n", "[app:main]:", "twice (line 2)"),
    "key twice": (
        f"[app:main]\npaste.app_factory = {PARTS}:echo_factory\nx = 1\nx = 2\n",
        "[app:main] x:",
        "is given twice (line 4)",
    ),
    "two sections for one name": (
        "[pipeline:main]\npipeline = two\n[app:two]\nuse = egg:x\n[composite:two]\nuse = egg:Paste#urlmap\n",
        "[pipeline:main] pipeline:",
        "[app:two], [composite:two]",
    ),
    "line that is no setting": (
        f"[app:main]\npaste.app_factory = {PARTS}:echo_factory\nwhat is this\n",
        "[app:main]:",
        "line 3",
    ),
    "line before any section": ("colour = red\n", "line 1", "before any [section]"),
    "variable that nothing defines": (
        f"[app:main]\npaste.app_factory = {PARTS}:echo_factory\ncolour = %(tint)s\n",
        "[app:main] colour:",
        "%(tint)s",
    ),
    "global that nothing sets": (
        f"[app:main]\npaste.app_factory = {PARTS}:echo_factory\nget colour = tint\n",
        "[app:main] get colour:",
        "'tint'",
    ),
    "path that is none": (
        "[composite:main]\nuse = call:nova_api.wsgi.urlmap:urlmap_factory\nv2 = echo\n" + GOOD,
        "[composite:main] v2:",
        "must start with /",
    ),
    "path mounted twice": (
        "[composite:main]\nuse = call:nova_api.wsgi.urlmap:urlmap_factory\n/v2 = echo\n/v2/ = echo\n" + GOOD,
        "[composite:main] /v2/:",
        "twice",
    ),
    "pipeline for another strategy only": (
        "[composite:main]\nuse = call:nova_api.wsgi.pipeline:pipeline_factory\nkeystone = echo\n" + GOOD,
        "[composite:main] noauth:",
        "the section has keystone",
    ),
    "pipeline without a name": (
        "[composite:main]\nuse = call:nova_api.wsgi.pipeline:pipeline_factory\nnoauth =\n" + GOOD,
        "[composite:main] noauth:",
        "is empty",
    ),
    "file of another ini that is not there": (
        "[app:main]\nuse = config:elsewhere.ini\n",
        "[app:main] use:",
        "elsewhere.ini: does not exist",
    ),
}


@pytest.fixture
def conf():
    return nova_conf.new([], config_files=[])


@pytest.mark.parametrize("case", BROKEN)
def test_one_line_names_file_section_and_key(case, conf, tmp_path):
    text, place, reason = BROKEN[case]
    ini = tmp_path / "broken.ini"
    ini.write_text(text)
    with pytest.raises(PasteError) as caught:
        Loader(conf, str(ini)).load_app("main")
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{ini}: {place}"), line
    assert reason in line, line
    assert caught.value.file == str(ini)


def test_missing_file(conf, tmp_path):
    with pytest.raises(PasteError, match=r"nowhere\.ini: does not exist$"):
        Loader(conf, str(tmp_path / "nowhere.ini")).load_app("main")


def test_folder_and_binary_instead_of_a_file(conf, tmp_path):
    with pytest.raises(PasteError, match="cannot be read: Is a directory"):
        Loader(conf, str(tmp_path)).load_app("main")
    (tmp_path / "b.ini").write_bytes(b"[app:main]\nx = \xff\xfe")
    with pytest.raises(PasteError, match="is not UTF-8 text"):
        Loader(conf, str(tmp_path / "b.ini")).load_app("main")


def test_missing_application_names_the_file(conf, tmp_path):
    ini = tmp_path / "a.ini"
    ini.write_text(GOOD)
    with pytest.raises(PasteError, match=r"a\.ini: \[ecco\]: there is no section .*did you mean 'echo'"):
        Loader(conf, str(ini)).load_app("ecco")


def test_no_ini_where_the_option_points(conf):
    conf.set_override("api_paste_config", "no-such.ini", group="wsgi")
    with pytest.raises(PasteError, match=r"no-such\.ini: does not exist"):
        Loader(conf)


def test_factory_modules_are_the_tests_own():
    assert PARTS in sys.modules
