"""The mistake that options about another service can be."""

from __future__ import annotations


class Misconfigured(ValueError):
    """What the options say of another service cannot work; one line."""


class NotEmbedded(Misconfigured):
    """The API of an embedded service whose place another one has taken.

    ``api`` is what it is called, ``option`` the one of [neighbours], ``path`` where the paste file mounts it.
    """

    def __init__(self, api: str, option: str, path: str) -> None:
        super().__init__(
            f"the embedded {api} API needs [neighbours] {option} = local: "
            f"without it, take the line {path} out of the paste file"
        )
