"""The two applications at the ends of the lab's pipelines."""

from __future__ import annotations

import operator
from decimal import Context, Decimal, DecimalException

import webob
import webob.dec
import webob.exc


class ShowVersion:
    """Says its name and its release.

    :param name: what is being served
    :param release: its release
    """

    def __init__(self, name: str, release: str) -> None:
        self.name = name
        self.release = release

    @classmethod
    def factory(cls, global_conf: dict[str, str], name: str = "lab") -> ShowVersion:
        """Paste Deploy's app_factory; ``release`` comes from [DEFAULT]."""
        return cls(name, global_conf.get("release", "unreleased"))

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        del request
        return webob.Response(json_body={"name": self.name, "release": self.release})


class Calculator:
    """``/7/times/6`` is 42.

    :param digits: significant digits of a result
    """

    OPERATIONS = {
        "plus": operator.add,
        "minus": operator.sub,
        "times": operator.mul,
        "over": operator.truediv,
    }

    def __init__(self, digits: int = 12) -> None:
        self.context = Context(prec=digits)

    @classmethod
    def factory(cls, global_conf: dict[str, str], digits: str = "12") -> Calculator:
        """Paste Deploy's app_factory; raises ValueError for digits that are not a number."""
        del global_conf
        return cls(int(digits))

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        parts = request.path_info.strip("/").split("/")
        if len(parts) != 3 or parts[1] not in self.OPERATIONS:
            words = "|".join(self.OPERATIONS)
            raise webob.exc.HTTPBadRequest(f"Ask for /NUMBER/{words}/NUMBER.")
        try:
            left, right = Decimal(parts[0]), Decimal(parts[2])
            result = self.context.plus(self.OPERATIONS[parts[1]](left, right))
        except DecimalException as error:
            raise webob.exc.HTTPBadRequest(f"That has no result ({type(error).__name__}).") from error
        return webob.Response(json_body={"result": str(result)})
