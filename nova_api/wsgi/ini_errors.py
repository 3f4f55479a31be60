"""What is wrong with an ini, in one line that names file, section and key."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING

from nova_api.wsgi.options import OptionError

if TYPE_CHECKING:
    from nova_api.wsgi.ini_journal import Site

#: The keys that name what makes a section's object, as looked for.
FACTORY_KEYS = (
    "use",
    "paste.app_factory",
    "paste.composite_factory",
    "paste.composit_factory",
    "paste.filter_factory",
    "paste.filter_app_factory",
    "paste.server_factory",
    "paste.server_runner",
)


class PasteError(Exception):
    """A mistake in an ini: ``file``, ``section`` and ``key`` (None where there is none) and the ``reason``.

    ``str()`` of it is one line.
    """

    def __init__(self, file: str, section: str | None, key: str | None, reason: str) -> None:
        self.file = str(file)
        self.section = section
        self.key = key
        self.reason = " ".join(reason.split())
        where = self.file
        if section is not None:
            where += f": [{section}]"
        if key is not None:
            where += f" {key}"
        super().__init__(f"{where}: {self.reason}")


def unreadable(path: str, error: OSError | UnicodeDecodeError | configparser.Error) -> PasteError:
    """Why the file at ``path`` could not be taken for an ini."""
    if isinstance(error, FileNotFoundError):
        return PasteError(path, None, None, "does not exist")
    if isinstance(error, OSError):
        return PasteError(path, None, None, f"cannot be read: {error.strerror}")
    if isinstance(error, UnicodeDecodeError):
        return PasteError(path, None, None, f"is not UTF-8 text: {error.reason} at byte {error.start}")
    if isinstance(error, configparser.DuplicateOptionError):
        return PasteError(path, error.section, error.option, f"is given twice (line {error.lineno})")
    if isinstance(error, configparser.DuplicateSectionError):
        return PasteError(path, error.section, None, f"the section is there twice (line {error.lineno})")
    if isinstance(error, configparser.MissingSectionHeaderError):
        return PasteError(
            path, None, None, f"line {error.lineno} stands before any [section]: {error.line!r}"
        )
    if isinstance(error, configparser.ParsingError):
        line, content = error.errors[0]
        return PasteError(
            path, _section_before(path, line), None, f"line {line} is no 'key = value': {content}"
        )
    return PasteError(path, None, None, error.message)


def explain(
    site: Site, error: Exception, key: str | None = None, what: str | None = None, *, loading: bool = False
) -> PasteError:
    """The PasteError at ``site`` for whatever an import (``loading``) or a factory raised.

    ``key`` is the key to blame and ``what`` the thing it names, where the
    caller knows; otherwise the key is found from the error itself.
    """
    if isinstance(error, OptionError):
        return site.error(error.key, error.reason)
    if isinstance(error, configparser.InterpolationError):
        return PasteError(site.ini.filename, error.section, error.option, _uninterpolated(error))
    keys = site.written()
    factory = next((each for each in FACTORY_KEYS if each in keys), None)
    named = what or (keys[factory] if factory else "")
    message = str(error).strip().partition("\n")[0]
    if loading and named:
        return site.error(key or factory, f"{named} does not load: {message or type(error).__name__}")
    if isinstance(error, KeyError) and error.args:
        return site.error(str(error.args[0]), f"is missing: {named} needs it")
    said = (
        message
        if isinstance(error, ValueError | TypeError) and message
        else f"{type(error).__name__}: {message}"
    )
    return site.error(key or _mentioned(keys, message, factory), f"{named}: {said}" if named else said)


def _mentioned(keys: dict[str, str], message: str, factory: str | None) -> str | None:
    """The key that ``message`` names or whose value it quotes; else the one that names the factory."""
    own = {key: value for key, value in keys.items() if key not in FACTORY_KEYS}
    for key in own:
        if re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])", message):
            return key
    for key, value in own.items():
        if value and value in message:
            return key
    return factory


def _uninterpolated(error: configparser.InterpolationError) -> str:
    if isinstance(error, configparser.InterpolationMissingOptionError):
        return f"uses %({error.reference})s, which nothing defines"
    if isinstance(error, configparser.InterpolationDepthError):
        return "refers to itself through %(…)s"
    return str(error.message).partition("Error in file ")[2].partition(": ")[2] or str(error.message)


def _section_before(path: str, line: int) -> str | None:
    """The section that line ``line`` of the file stands in."""
    with open(path, encoding="utf-8") as lines:
        headers = [
            text.strip()[1:-1] for number, text in enumerate(lines, 1) if number < line and text[:1] == "["
        ]
    return headers[-1] if headers else None
