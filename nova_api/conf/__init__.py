"""Options of every program, one group a file.

``new`` builds a fresh ``ConfigOpts``; nothing reads or changes oslo.config's
process-wide ``cfg.CONF``, so two configurations can live in one process (the
tests do).  Paste factories have no parameter for it: they take ``active()``
while the ini is being loaded and keep it.
"""

from __future__ import annotations

import contextlib
import contextvars
import copy
import pathlib
from collections.abc import Iterator, Sequence

from oslo_config import cfg

from nova_api import __version__
from nova_api.conf import (
    api,
    cinder,
    compute,
    consoleauth,
    database,
    default,
    fake,
    filter_scheduler,
    glance,
    log,
    mks,
    neighbours,
    neutron,
    quota,
    scheduler,
    serial_console,
    service,
    spice,
    vnc,
    work,
    wsgi,
)

GROUPS = (
    default,
    log,
    service,
    wsgi,
    api,
    database,
    work,
    scheduler,
    filter_scheduler,
    compute,
    fake,
    quota,
    neighbours,
    glance,
    neutron,
    cinder,
    vnc,
    spice,
    serial_console,
    mks,
    consoleauth,
)

#: The checkout, or the folder that the installed package's ``etc`` stands in.
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

_active: contextvars.ContextVar[cfg.ConfigOpts] = contextvars.ContextVar("nova_api_conf")
_process_wide: list[cfg.ConfigOpts] = []


def register(conf: cfg.ConfigOpts) -> None:
    """Registers every group of ``GROUPS`` on ``conf``."""
    for module in GROUPS:
        if module.GROUP is None:
            conf.register_opts(module.OPTS)
        else:
            # A deep copy: oslo.config's own is shallow, and would share the values set on one
            # configuration's group with every other configuration.
            conf.register_group(copy.deepcopy(module.GROUP))
            conf.register_opts(module.OPTS, group=module.GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Every option by group, for oslo-config-generator."""
    return [(module.GROUP.name if module.GROUP else "DEFAULT", module.OPTS) for module in GROUPS]


class Options(cfg.ConfigOpts):
    """A configuration that remembers what it was made from."""

    def __init__(self, arguments: Sequence[str], files: Sequence[str] | None) -> None:
        super().__init__()
        self.arguments = list(arguments)
        self.files = None if files is None else list(files)


def usual_files() -> list[str]:
    """``nova.conf``, in the first of ``~/.nova-api``, ``~``, ``/etc/nova-api`` and ``/etc`` that has one.

    A ``nova-api.conf`` counts as well, and is read before it.
    """
    return list(cfg.find_config_files(project="nova-api", prog="nova"))


def new(args: Sequence[str] = (), config_files: Sequence[str] | None = None) -> Options:
    """A fresh configuration from command-line ``args`` and ``config_files``.

    ``config_files`` of None means ``usual_files``, unless ``--config-file`` is among ``args``.
    Raises ``cfg.Error`` (one readable line) for an unknown or bad option.
    """
    conf = Options(args, config_files)
    register(conf)
    conf.register_cli_opts(log.CLI_OPTS)
    conf(
        conf.arguments,
        project="nova-api",
        prog="nova-api",
        version=__version__,
        default_config_files=usual_files() if conf.files is None else conf.files,
    )
    return conf


def beside(conf: cfg.ConfigOpts, name: str) -> str | None:
    """Where the file ``name`` is, or would be, beside the files that ``conf`` was read from.

    The last of them counts first.  Where it was read from none, oslo.config's
    folders are searched, and None means that nothing is there.  They are not
    otherwise: a program that is given its own options must not meet the ini or
    the policies of another one that is installed on the machine.
    """
    if not conf.config_file:
        found: str | None = conf.find_file(name)
        return found
    paths = [pathlib.Path(path).resolve().parent / name for path in reversed(conf.config_file)]
    return str(next((path for path in paths if path.is_file()), paths[0]))


def again(conf: cfg.ConfigOpts) -> Options:
    """What ``conf`` would be if it were made now: the same arguments, the files read afresh."""
    if isinstance(conf, Options):
        return new(conf.arguments, conf.files)
    return new()


@contextlib.contextmanager
def activate(conf: cfg.ConfigOpts) -> Iterator[cfg.ConfigOpts]:
    """Makes ``conf`` the one that ``active()`` returns inside the block."""
    token = _active.set(conf)
    try:
        yield conf
    finally:
        _active.reset(token)


def use(conf: cfg.ConfigOpts) -> None:
    """Makes ``conf`` the process's own, for programs (not for tests)."""
    _process_wide[:] = [conf]


def active() -> cfg.ConfigOpts:
    """The configuration in force here; raises LookupError where there is none."""
    conf = _active.get(None)
    if conf is not None:
        return conf
    if _process_wide:
        return _process_wide[0]
    raise LookupError("no configuration is active: use conf.activate() or conf.use()")
