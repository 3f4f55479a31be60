"""nova-manage openapi: the OpenAPI 3.1 document of the compute API."""

from __future__ import annotations

import argparse
import pathlib
from typing import Any


def register(subparsers: Any) -> None:
    """Adds ``openapi``."""
    parser = subparsers.add_parser("openapi", help="print the API's OpenAPI 3.1 document")
    parser.add_argument("--microversion", default="latest", help="such as 2.96 (default: %(default)s)")
    parser.add_argument("--output", metavar="F", type=pathlib.Path, help="write it to F instead")
    parser.set_defaults(func=_openapi)


def _openapi(args: argparse.Namespace) -> int:
    # Imported when it is asked for: the whole API takes longer to load than most commands to run.
    import orjson

    from nova_api import exception
    from nova_api.api import openapi
    from nova_api.api.declare import version as versions

    try:
        version = versions.parse(args.microversion)
    except ValueError as error:
        raise exception.Invalid(
            f"there is no microversion {args.microversion!r}: they are 2.1 to {versions.text(versions.MAX)}"
        ) from error
    text = orjson.dumps(openapi.document(version), option=orjson.OPT_INDENT_2).decode()
    if args.output is None:
        print(text)
        return 0
    args.output.write_text(text + "\n", encoding="utf-8")
    print(f"{args.output} written.")
    return 0
