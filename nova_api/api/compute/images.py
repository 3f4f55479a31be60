"""``/images`` (to 2.35): the image service, shown the way the compute API once showed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oslo_utils import strutils

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.declare import OMIT, Field, Many, One, Query, QueryParam, View, formats, operation, types
from nova_api.api.request import Request
from nova_api.api.times import seconds_z
from nova_api.db.images import ImageFilter
from nova_api.neighbours.images import Image

LAST = "2.35"

_POSITIVE = types.integer(1)
LIST_QUERY = Query(
    *(
        QueryParam(name, types.ANY)
        for name in ("changes-since", "marker", "minDisk", "minRam", "name", "server", "status", "type")
    ),
    *(QueryParam(name, _POSITIVE) for name in ("limit", "offset", "page_size")),
    patterns={"^property-.*$": types.ANY},
)
SHOW_QUERY = Query()

#: Status of the image service → (status shown, progress shown).
_STATES = {
    "queued": ("SAVING", 25),
    "saving": ("SAVING", 50),
    "active": ("ACTIVE", 100),
    "killed": ("ERROR", 0),
    "deleted": ("DELETED", 0),
    "pending_delete": ("DELETED", 0),
}
_UNKNOWN = ("UNKNOWN", 0)

# --- what is shown ---------------------------------------------------------------------

_INTEGER = {"type": "integer"}


def _links(image: Image, request: Request) -> list[dict[str, str]]:
    alternate = {
        "rel": "alternate",
        "type": "application/vnd.openstack.image",
        "href": request.image_link(image.id),
    }
    return [*request.links("images", image.id), alternate]


def _server(image: Image, request: Request) -> Any:
    server = image.properties.get("instance_uuid")
    return {"id": server, "links": request.links("servers", server)} if server else OMIT


def _disk_config(image: Image, _request: Request) -> Any:
    given = image.properties.get("auto_disk_config")
    if given is None:
        return OMIT
    return "AUTO" if strutils.bool_from_string(given) else "MANUAL"


LIST_VIEW = View(
    "image in list",
    Field("id", "id", types.UUID),
    Field("name", "name", types.STRING),
    Field("links", _links, {"type": "array"}),
)
VIEW = View(
    "image",
    *LIST_VIEW.fields,
    Field("status", lambda image, _request: _STATES.get(image.status, _UNKNOWN)[0], types.STRING),
    Field("progress", lambda image, _request: _STATES.get(image.status, _UNKNOWN)[1], _INTEGER),
    Field("created", lambda image, _request: seconds_z(image.created_at), types.DATE_TIME),
    Field("updated", lambda image, _request: seconds_z(image.updated_at), types.DATE_TIME),
    Field("minDisk", "min_disk", _INTEGER),
    Field("minRam", "min_ram", _INTEGER),
    Field("metadata", lambda image, _request: dict(image.properties), {"type": "object"}),
    Field("OS-EXT-IMG-SIZE:size", lambda image, _request: image.size or 0, _INTEGER),
    Field("server", _server, {"type": "object"}, optional=True),
    Field("OS-DCF:diskConfig", _disk_config, types.STRING, optional=True),
)


def _marker(image: Image) -> str:
    return image.id


# --- what is done ------------------------------------------------------------------------


class ImagesController(Controller):
    """``/images``; who sees what is for the image service to say."""

    @operation(
        "GET",
        "/images",
        until=LAST,
        query=LIST_QUERY,
        response=Many("images", LIST_VIEW, links="images_links", marker=_marker),
        errors=(400,),
    )
    def index(self, request: Request) -> list[Image]:
        try:
            found = self.backend.images.list(
                request.context,
                _filter(request.args),
                limit=request.page_size,
                marker=request.arg("marker"),
            )
        except exception.MarkerNotFound as error:
            raise exception.MarkerInvalid(marker=request.arg("marker")) from error
        return list(found)

    @operation(
        "GET",
        "/images/detail",
        until=LAST,
        query=LIST_QUERY,
        response=Many("images", VIEW, links="images_links", marker=_marker),
        errors=(400,),
    )
    def detail(self, request: Request) -> list[Image]:
        return self.index(request)

    @operation(
        "GET", "/images/{id}", until=LAST, query=SHOW_QUERY, response=One("image", VIEW), errors=(404,)
    )
    def show(self, request: Request, id: str) -> Image:
        return self.backend.images.show(request.context, id)

    @operation("DELETE", "/images/{id}", until=LAST, status=204, errors=(403, 404))
    def delete(self, request: Request, id: str) -> None:
        self.backend.images.delete(request.context, id)


def _filter(args: Mapping[str, list[str]]) -> ImageFilter:
    given = {name: values[-1] for name, values in args.items()}
    properties = {
        name.removeprefix("property-"): value for name, value in given.items() if name.startswith("property-")
    }
    if "server" in given:
        # Classic clients send the server's link.
        properties["instance_uuid"] = given["server"].rstrip("/").rpartition("/")[2]
    if "type" in given:
        properties["image_type"] = given["type"]
    equal: dict[str, list[str]] = {}
    if "name" in given:
        equal["name"] = [given["name"]]
    if "status" in given:
        wanted = given["status"].upper()
        equal["status"] = [name for name, (shown, _) in _STATES.items() if shown == wanted]
    return ImageFilter(
        equal=equal,
        between={
            column: (_number(name, given[name]), None)
            for name, column in (("minRam", "min_ram"), ("minDisk", "min_disk"))
            if name in given
        },
        properties=properties,
        updated_since=_time(given["changes-since"]) if "changes-since" in given else None,
    )


def _number(name: str, given: str) -> int:
    try:
        return max(min(int(given), types.MAX_INT), -types.MAX_INT)
    except ValueError:
        raise exception.Invalid(f"Invalid {name} filter [{given}]: it must be a whole number.") from None


def _time(given: str) -> Any:
    try:
        return formats.parse_time(given)
    except ValueError:
        raise exception.Invalid(
            f"Invalid changes-since filter [{given}]: it must be an ISO 8601 time."
        ) from None
