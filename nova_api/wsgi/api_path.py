"""The path of a request as rules of the ini mean it: below the version and the project."""

from __future__ import annotations

import re
from wsgiref.types import WSGIEnvironment

_HEX = re.compile(r"[0-9a-f-]+")


def below_project(environ: WSGIEnvironment, project_id: str | None) -> str:
    """The path without the project that may stand first, however many slashes there are."""
    path: str = environ.get("PATH_INFO", "")
    first, slash, rest = path.lstrip("/").partition("/")
    is_project = slash and (first == project_id or _HEX.fullmatch(first))
    return "/" + (rest.lstrip("/") if is_project else first + slash + rest)
