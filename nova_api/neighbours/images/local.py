"""The embedded image service: rows in our own database, data in files."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from oslo_config import cfg
from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db import images as statements
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.images import ImageFilter
from nova_api.db.schema.base import utcnow
from nova_api.neighbours.images.files import Files, Written
from nova_api.neighbours.images.interface import Image, Member

_COLUMNS = tuple(name for name in Image.__slots__ if name not in ("id", "updated_at", "properties", "tags"))
_T = TypeVar("_T")
VISIBILITIES = ("public", "private", "shared", "community")


class LocalImages:
    """Images over our own tables and files."""

    def __init__(self, conf: cfg.ConfigOpts, db: Database) -> None:
        self._db = db
        self._files = Files(conf.state_path, conf.neighbours.image_size_max)

    # --- reading ------------------------------------------------------------

    def show(self, context: RequestContext, image_id: str) -> Image:
        with self._db.reader() as conn:
            return self._records(conn, [self._visible(conn, context, image_id)])[0]

    def list(
        self,
        context: RequestContext,
        filters: ImageFilter | None = None,
        sort: Sequence[tuple[str, bool]] = (("created_at", True),),
        limit: int = 1000,
        marker: str | None = None,
    ) -> Sequence[Image]:
        with self._db.reader() as conn:
            start = None
            if marker is not None:
                try:
                    start = self._visible(conn, context, marker)
                except exception.ImageNotFound:
                    raise exception.MarkerNotFound(marker=marker) from None
            rows = statements.find_all(
                conn,
                filters or ImageFilter(),
                project_id=context.project_id,
                everything=bool(context.is_admin),
                sort=sort,
                limit=limit,
                marker=start,
            )
            return self._records(conn, rows)

    def _records(self, conn: Connection, rows: Sequence[RowMapping | Mapping[str, Any]]) -> Sequence[Image]:
        keys = [row["id"] for row in rows]
        if not keys:
            return []
        properties, tags = statements.related_of(conn, keys)
        return [
            Image(
                id=row["uuid"],
                updated_at=row["updated_at"] or row["created_at"],
                properties=properties.get(row["id"], {}),
                tags=tags.get(row["id"], []),
                **{name: row[name] for name in _COLUMNS},
            )
            for row in rows
        ]

    def _visible(self, conn: Connection, context: RequestContext, image_id: str) -> Mapping[str, Any]:
        row = statements.find(conn, image_id)
        if row is not None:
            open_to_all = row["visibility"] in ("public", "community")
            if open_to_all or context.is_admin or row["owner"] == context.project_id:
                return row
            if row["visibility"] == "shared" and statements.is_member(conn, row["id"], context.project_id):
                return row
        raise exception.ImageNotFound(image_id=image_id)

    def _owned(self, conn: Connection, context: RequestContext, image_id: str) -> Mapping[str, Any]:
        row = self._visible(conn, context, image_id)
        if not context.is_admin and row["owner"] != context.project_id:
            raise exception.Forbidden(f"You are not permitted to change image {image_id}: it is not yours.")
        return row

    # --- writing ----------------------------------------------------------------

    def _write(self, change: Callable[[Connection], _T]) -> _T:
        """``change`` in a transaction of its own, once more after a deadlock."""

        def attempt() -> _T:
            with self._db.writer() as conn:
                return change(conn)

        return self._db.retrying(attempt)

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> Image:
        fields = dict(values)
        image_id = self._new_id(fields.pop("id", None))
        properties = fields.pop("properties", {})
        tags = fields.pop("tags", ())
        owner = fields.setdefault("owner", context.project_id or "")
        if owner != context.project_id and not context.is_admin:
            raise exception.Forbidden(f"You are not permitted to create images owned by '{owner}'.")
        fields.setdefault("visibility", "shared")
        fields.setdefault("status", "queued")
        self._check_visibility(context, fields)

        def insert(conn: Connection) -> None:
            row_id = statements.insert(conn, {**fields, "uuid": image_id})
            statements.add_properties(conn, row_id, properties)
            statements.add_tags(conn, row_id, tags)

        try:
            self._write(insert)
        except DUPLICATE_ERRORS:
            raise exception.ImageExists(image_id=image_id) from None
        return self.show(context, image_id)

    @staticmethod
    def _new_id(given: str | None) -> str:
        if given is None:
            return str(uuid.uuid4())
        try:
            return str(uuid.UUID(given))
        except ValueError:
            raise exception.Invalid(f"'{given}' is not a UUID, which the id of an image must be.") from None

    @staticmethod
    def _check_visibility(context: RequestContext, fields: Mapping[str, Any]) -> None:
        visibility = fields.get("visibility")
        if visibility is not None and visibility not in VISIBILITIES:
            raise exception.Invalid(f"'{visibility}' is not a visibility: {', '.join(VISIBILITIES)} are.")
        if visibility == "public" and not context.is_admin:
            raise exception.Forbidden("You are not permitted to make an image public.")

    def update(self, context: RequestContext, image_id: str, values: Mapping[str, Any]) -> Image:
        def change(conn: Connection) -> None:
            fields = dict(values)
            row = self._owned(conn, context, image_id)
            if fields.get("visibility") != row["visibility"]:
                self._check_visibility(context, fields)
            if fields.get("owner", row["owner"]) != row["owner"] and not context.is_admin:
                raise exception.Forbidden("You are not permitted to give an image to another project.")
            if "properties" in fields:
                statements.set_properties(conn, row["id"], fields.pop("properties"))
            if "tags" in fields:
                statements.set_tags(conn, row["id"], fields.pop("tags"))
            statements.update(conn, row["id"], {"updated_at": utcnow(), **fields})

        self._write(change)
        return self.show(context, image_id)

    def delete(self, context: RequestContext, image_id: str) -> None:
        def remove(conn: Connection) -> None:
            row = self._owned(conn, context, image_id)
            if row["protected"]:
                raise exception.ImageProtected(image_id=image_id)
            statements.delete(conn, row["id"])

        self._write(remove)
        self._files.remove(image_id)

    def set_status(self, context: RequestContext, image_id: str, status: str) -> None:
        """Deactivates an active image, or makes a deactivated one active; raises Forbidden, Conflict."""
        if not context.is_admin:
            raise exception.Forbidden(f"You are not permitted to change the status of image {image_id}.")
        other = "active" if status == "deactivated" else "deactivated"

        def change(conn: Connection) -> None:
            row = self._visible(conn, context, image_id)
            if row["status"] not in (status, other):
                raise exception.ImageInvalidState(
                    image_id=image_id, status=row["status"], operation=f"become {status}"
                )
            statements.update(conn, row["id"], {"status": status, "updated_at": utcnow()})

        self._write(change)

    # --- data ---------------------------------------------------------------------

    def upload(
        self, context: RequestContext, image_id: str, data: Iterable[bytes], *, again: bool = False
    ) -> Image:
        row_id = self._write(lambda conn: self._begin_upload(conn, context, image_id, again=again))
        try:
            with self._files.receive(image_id, data) as written:
                self._write(lambda conn: self._end_upload(conn, row_id, image_id, written))
        except BaseException:
            # Also when the client went away in the middle: whoever tries again finds it queued.
            self._write(lambda conn: statements.update(conn, row_id, {"status": "queued"}, status="saving"))
            raise
        # Deleted while the data came in, it is not found.
        return self.show(context, image_id)

    def _end_upload(self, conn: Connection, row_id: int, image_id: str, written: Written) -> None:
        """Of two uploads, one of which was wrongly believed dead, the first to end has given the data."""
        values = {
            "status": "active",
            "size": written.size,
            "checksum": written.md5,
            "os_hash_algo": "sha512",
            "os_hash_value": written.sha512,
            "updated_at": utcnow(),
        }
        # Queued, because the other one failed.
        if any(statements.update(conn, row_id, values, status=status) for status in ("saving", "queued")):
            self._files.keep(image_id, written)

    def _begin_upload(self, conn: Connection, context: RequestContext, image_id: str, *, again: bool) -> int:
        """The image's row id, once nobody else may give it data."""
        row = self._owned(conn, context, image_id)
        for required in ("disk_format", "container_format"):
            if row[required] is None:
                raise exception.Invalid(f"Image {image_id} needs a {required} before it gets data.")
        takes = ("queued", "saving") if again else ("queued",)
        if not any(statements.update(conn, row["id"], {"status": "saving"}, status=s) for s in takes):
            raise exception.ImageInvalidState(
                image_id=image_id,
                status=row["status"],
                operation="get data, which only a queued image can",
            )
        return int(row["id"])

    def download(self, context: RequestContext, image_id: str) -> Iterator[bytes]:
        image = self.show(context, image_id)
        if image.status == "deactivated" and not context.is_admin:
            raise exception.Forbidden(f"Image {image_id} is deactivated: its data is not handed out.")
        if image.status != "active":
            raise exception.ImageDataNotFound(image_id=image_id)
        return self._files.read(image_id)

    # --- members --------------------------------------------------------------------

    def members(self, context: RequestContext, image_id: str) -> Sequence[Member]:
        """Whom the image is shared with: all for its owner, itself for a member; raises ImageNotFound."""
        with self._db.reader() as conn:
            row = self._visible(conn, context, image_id)
            rows = statements.members(conn, row["id"])
        owns = context.is_admin or row["owner"] == context.project_id
        return [
            Member(
                image_id,
                item["project_id"],
                item["status"],
                item["created_at"],
                item["updated_at"] or item["created_at"],
            )
            for item in rows
            if owns or item["project_id"] == context.project_id
        ]

    def add_member(self, context: RequestContext, image_id: str, project_id: str) -> Member:
        """Shares a ``shared`` image; raises Forbidden for other visibilities, Conflict when done already."""

        def change(conn: Connection) -> None:
            row = self._owned(conn, context, image_id)
            if row["visibility"] != "shared":
                raise exception.Forbidden("Only shared images have members.")
            if not statements.add_member(conn, row["id"], project_id):
                raise exception.Conflict(f"Image {image_id} is shared with project {project_id} already.")

        self._write(change)
        return self._member(context, image_id, project_id)

    def set_member(self, context: RequestContext, image_id: str, project_id: str, status: str) -> Member:
        """A member accepts or rejects; raises Forbidden for anybody else, ImageMemberNotFound."""
        if project_id != context.project_id and not context.is_admin:
            raise exception.Forbidden("Only the member itself accepts or rejects an image.")

        def change(conn: Connection) -> None:
            row = self._visible(conn, context, image_id)
            if not statements.set_member(conn, row["id"], project_id, status):
                raise exception.ImageMemberNotFound(image_id=image_id, project_id=project_id)

        self._write(change)
        return self._member(context, image_id, project_id)

    def remove_member(self, context: RequestContext, image_id: str, project_id: str) -> None:
        """Raises ImageMemberNotFound."""

        def change(conn: Connection) -> None:
            row = self._owned(conn, context, image_id)
            if not statements.set_member(conn, row["id"], project_id, None):
                raise exception.ImageMemberNotFound(image_id=image_id, project_id=project_id)

        self._write(change)

    def _member(self, context: RequestContext, image_id: str, project_id: str) -> Member:
        for member in self.members(context, image_id):
            if member.project_id == project_id:
                return member
        raise exception.ImageMemberNotFound(image_id=image_id, project_id=project_id)

    # --- state ----------------------------------------------------------------------

    def clear(self) -> None:
        """Removes every image and all data."""
        with self._db.writer() as conn:
            statements.clear(conn)
        with contextlib.suppress(OSError):
            self._files.clear()
