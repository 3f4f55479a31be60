"""Images from Glance (Image API v2)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import requests
from keystoneauth1.exceptions import ClientException
from oslo_config import cfg
from oslo_utils import timeutils

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db.images import ImageFilter
from nova_api.neighbours.images import glance_query
from nova_api.neighbours.images.interface import Image, Member
from nova_api.neighbours.remote import Access, Refused, Rest
from nova_api.neighbours.remote.rest import meaning

_PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
_STREAM = {"Content-Type": "application/octet-stream"}
_BLOCK = 64 * 1024
#: Where the API's name of a field is not the domain's.
_RENAMED = {"hidden": "os_hidden"}
_PLAIN = (
    *("id", "name", "status", "visibility", "owner", "size", "virtual_size", "checksum"),
    *("os_hash_algo", "os_hash_value", "disk_format", "container_format", "min_disk", "min_ram", "protected"),
)
#: What an image's document holds besides its properties.
_NOT_PROPERTIES = frozenset(
    {*_PLAIN, "os_hidden", "created_at", "updated_at", "tags"}
    | {"self", "file", "schema", "direct_url", "locations", "stores"}
)


class GlanceImages:
    """Images as the interface promises them, over HTTP."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._rest = Rest(Access(conf, "glance", "image"), "image service", "v2")
        self._data_timeout: float = conf.glance.data_timeout

    # --- reading -----------------------------------------------------------------

    def show(self, context: RequestContext, image_id: str) -> Image:
        found = _image(self._json(context, "GET", f"/images/{image_id}", image_id))
        if not self._may_see(context, found):
            raise exception.ImageNotFound(image_id=image_id)
        return found

    def _may_see(self, context: RequestContext, image: Image) -> bool:
        """What Glance decides where it knows who asks; the service user sees everything."""
        if self._rest.access.is_users(context) or context.is_admin:
            return True
        return image.owner == context.project_id or image.visibility != "private"

    def list(
        self,
        context: RequestContext,
        filters: ImageFilter | None = None,
        sort: Sequence[tuple[str, bool]] = (("created_at", True),),
        limit: int = 1000,
        marker: str | None = None,
    ) -> Sequence[Image]:
        wanted = filters or ImageFilter()
        query = glance_query.of(wanted, sort)
        found: list[Image] = []
        while len(found) < limit:
            page = self._page(context, [*query, ("limit", str(limit))], marker)
            images = [_image(document) for document in page["images"]]
            visible = [image for image in images if self._may_see(context, image)]
            found += [image for image in visible if glance_query.fits(wanted, image)]
            if not page.get("next") or not images:
                break
            marker = images[-1].id
        return found[:limit]

    def _page(self, context: RequestContext, query: glance_query.Query, marker: str | None) -> Any:
        after = [] if marker is None else [("marker", marker)]
        try:
            return self._rest.json(context, "GET", "/images", params=[*query, *after])
        except Refused as refused:
            # Glance says 400 of an id that it does not know, or 404 of one that is not the asker's to see.
            if marker is not None and (refused.status == 404 or "marker" in str(refused).lower()):
                raise exception.MarkerNotFound(marker=marker) from refused
            raise meaning(refused) from refused

    # --- writing -----------------------------------------------------------------

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> Image:
        fields = dict(values)
        properties = fields.pop("properties", {})
        if fields.get("owner") == context.project_id and self._rest.access.is_users(context):
            del fields["owner"]  # it is so anyway, and to say it takes an administrator
        body = {**properties, **{_RENAMED.get(name, name): fields[name] for name in fields}}
        body["tags"] = list(body.pop("tags", ()))
        try:
            return _image(self._rest.json(context, "POST", "/images", json=body))
        except Refused as refused:
            if refused.status == 409:
                raise exception.ImageExists(image_id=values.get("id")) from refused
            raise meaning(refused) from refused

    def update(self, context: RequestContext, image_id: str, values: Mapping[str, Any]) -> Image:
        fields = dict(values)
        changes = []
        if "properties" in fields:
            present, wanted = self.show(context, image_id).properties, fields.pop("properties")
            changes += [_change("remove", name) for name in present if name not in wanted]
            changes += [_change("add", name, wanted[name]) for name in wanted]
        if "tags" in fields:
            changes.append(_change("replace", "tags", list(fields.pop("tags"))))
        changes += [_change("replace", _RENAMED.get(name, name), fields[name]) for name in fields]
        if not changes:
            return self.show(context, image_id)
        path = f"/images/{image_id}"
        return _image(self._json(context, "PATCH", path, image_id, json=changes, headers=_PATCH))

    def delete(self, context: RequestContext, image_id: str) -> None:
        try:
            self._json(context, "DELETE", f"/images/{image_id}", image_id)
        except exception.Forbidden as error:
            if "protected" in str(error):
                raise exception.ImageProtected(image_id=image_id) from error
            raise

    def add_member(self, context: RequestContext, image_id: str, project_id: str) -> Member:
        path = f"/images/{image_id}/members"
        made = self._json(context, "POST", path, image_id, json={"member": project_id})
        return Member(
            image_id=image_id,
            project_id=made["member_id"],
            status=made["status"],
            created_at=_time(made["created_at"]),
            updated_at=_time(made["updated_at"]),
        )

    # --- data --------------------------------------------------------------------

    def upload(
        self, context: RequestContext, image_id: str, data: Iterable[bytes], *, again: bool = False
    ) -> Image:
        # Before the data, which can be sent once only: with a token that is good for a while.
        status = self.show(context, image_id).status
        if status != "queued":
            # Also with ``again``: Glance lets nobody take over an upload that is dead.
            operation = "get data, which only a queued image can"
            raise exception.ImageInvalidState(image_id=image_id, status=status, operation=operation)
        path = f"/images/{image_id}/file"
        try:
            self._rest.send(
                context,
                "PUT",
                path,
                headers=_STREAM,
                data=_blocks(data),
                allow_reauth=False,
                redirect=False,
                log=False,
                timeout=self._data_timeout,
            )
        except Refused as refused:
            if refused.status == 413:
                raise exception.ImageTooLarge(str(refused)) from refused
            raise _refusal(refused, image_id) from refused
        return self.show(context, image_id)

    def download(self, context: RequestContext, image_id: str) -> Iterator[bytes]:
        if not self._rest.access.is_users(context):
            self.show(context, image_id)
        path = f"/images/{image_id}/file"
        try:
            reply = self._rest.send(context, "GET", path, headers=_STREAM, stream=True, log=False)
        except Refused as refused:
            raise _refusal(refused, image_id) from refused
        if reply.status_code == 204:
            raise exception.ImageDataNotFound(image_id=image_id)
        return _received(reply)

    # --- what the above are made of ------------------------------------------------

    def _json(self, context: RequestContext, method: str, path: str, image_id: str, **arguments: Any) -> Any:
        try:
            return self._rest.json(context, method, path, **arguments)
        except Refused as refused:
            raise _refusal(refused, image_id) from refused


def _refusal(refused: Refused, image_id: str) -> exception.NovaError:
    if refused.status in (404, 410):
        return exception.ImageNotFound(image_id=image_id)
    return meaning(refused)


def _change(verb: str, name: str, value: Any = None) -> dict[str, Any]:
    """One operation of a JSON Patch."""
    change = {"op": verb, "path": "/" + name.replace("~", "~0").replace("/", "~1")}
    return change if verb == "remove" else {**change, "value": value}


def _blocks(data: Iterable[bytes]) -> Iterator[bytes]:
    """The data without empty blocks, which would end a chunked body."""
    return (block for block in data if block)


def _received(reply: requests.Response) -> Iterator[bytes]:
    try:
        yield from reply.iter_content(_BLOCK)
    except (requests.RequestException, ClientException, OSError) as error:
        raise exception.Unavailable("The image service broke off in the middle of an image.") from error
    finally:
        reply.close()


def _time(text: str) -> datetime.datetime:
    return timeutils.normalize_time(timeutils.parse_isotime(text))


def _image(document: Mapping[str, Any]) -> Image:
    plain: dict[str, Any] = {name: document.get(name) for name in _PLAIN}
    plain |= {"name": document.get("name") or "", "owner": document.get("owner") or ""}
    plain |= {name: document.get(name) or 0 for name in ("min_disk", "min_ram")}
    return Image(
        hidden=bool(document.get("os_hidden")),
        created_at=_time(document["created_at"]),
        updated_at=_time(document["updated_at"]),
        properties={
            name: value
            for name, value in document.items()
            if name not in _NOT_PROPERTIES and not name.startswith("os_glance_")
        },
        tags=tuple(document.get("tags") or ()),
        **plain,
    )
