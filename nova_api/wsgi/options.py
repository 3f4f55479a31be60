"""Options of ini sections: what a filter or app accepts, read from strings, refused with the key's name."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from oslo_config import cfg


class OptionError(ValueError):
    """An ini key that is unknown, missing or has a wrong value.

    ``key`` is the key, ``reason`` a phrase that follows it ("is not a number: 'x'").
    The loader adds file and section.
    """

    def __init__(self, key: str, reason: str) -> None:
        self.key = key
        self.reason = reason
        super().__init__(f"{key} {reason}")


@dataclasses.dataclass(frozen=True)
class Option:
    """One key of a section: ``parse`` turns its text into the value or raises ValueError with a phrase."""

    name: str
    parse: Callable[[str], Any]
    default: Any = None


def text(value: str) -> str:
    """The text as it stands."""
    return value


def boolean(value: str) -> bool:
    """true/yes/on/1 and false/no/off/0, in any case."""
    word = value.strip().lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise ValueError(f"is neither true nor false: {value!r}")


def integer(least: int | None = None, most: int | None = None) -> Callable[[str], int]:
    """A parser of whole numbers from ``least`` to ``most``."""

    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"is not a whole number: {value!r}") from None
        if least is not None and number < least:
            raise ValueError(f"must be at least {least}, not {number}")
        if most is not None and number > most:
            raise ValueError(f"must be at most {most}, not {number}")
        return number

    return parse


def words(value: str) -> tuple[str, ...]:
    """Words between white space or commas."""
    return tuple(value.replace(",", " ").split())


def choice(*allowed: str) -> Callable[[str], str]:
    """A parser that takes one of ``allowed``."""

    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    return parse


def nearest(word: str, among: Iterable[str]) -> str:
    """ " (did you mean 'x'?)" for a likely slip of the pen, else nothing."""
    close = difflib.get_close_matches(word, list(among), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def read(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by option name, defaults filled in. Raises OptionError for an unknown key or a bad value."""
    known = {option.name: option for option in options}
    values = {option.name: option.default for option in options}
    for key, value in given.items():
        if key not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise OptionError(key, f"is not an option here: {takes}{nearest(key, known)}")
        try:
            values[key] = known[key].parse(str(value))
        except ValueError as error:
            raise OptionError(key, str(error)) from None
    return values


def private_conf(
    options: Iterable[cfg.Opt],
    group: str,
    given: Mapping[str, Any],
    defaults: Mapping[str, Any] | None = None,
) -> cfg.ConfigOpts:
    """A ConfigOpts of one's own in which ``group`` has ``options`` with the ``given`` values.

    For oslo.middleware's classes: left alone, they write a section's keys into
    oslo.config's process-wide object.  Raises OptionError for an unknown key
    or a bad value; ``defaults`` replace those of the options.
    """
    conf = cfg.ConfigOpts()
    conf.register_opts(list(options), group=group)
    for key, value in (defaults or {}).items():
        conf.set_default(key, value, group=group)
    for key, value in given.items():
        try:
            conf.set_override(key, value, group=group)
        except cfg.NoSuchOptError:
            known = list(conf[group])
            raise OptionError(
                key, f"is not an option here: it takes {', '.join(known)}{nearest(key, known)}"
            ) from None
        except ValueError as error:
            raise OptionError(key, f"has a wrong value: {error}") from None
    return conf
