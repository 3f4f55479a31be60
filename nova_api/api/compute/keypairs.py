"""``/os-keypairs``: a user's keys and certificates."""

from __future__ import annotations

from typing import Any, NamedTuple

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import (
    OMIT,
    Feature,
    Field,
    Many,
    Object,
    One,
    Param,
    Query,
    QueryParam,
    View,
    operation,
    types,
    wrap,
)
from nova_api.api.request import Request
from nova_api.api.times import micros
from nova_api.compute import keypairs
from nova_api.compute.key_material import SSH, X509
from nova_api.db.keypairs import Keypair

_RULE = "os_compute_api:os-keypairs:"
INDEX = policy.rule(_RULE + "index", policy.USER_OR_ADMIN, "List a user's key pairs.")
SHOW = policy.rule(_RULE + "show", policy.USER_OR_ADMIN, "Show one key pair of a user.")
CREATE = policy.rule(_RULE + "create", policy.USER_OR_ADMIN, "Create or import a key pair for a user.")
DELETE = policy.rule(_RULE + "delete", policy.USER_OR_ADMIN, "Delete a key pair of a user.")

#: Lists come in pages; before, everything came at once and clients had no way to ask for more.
PAGED = Feature(since="2.35")

# --- what may be asked ---------------------------------------------------------------

_USER = QueryParam("user_id", types.STRING, since="2.10")
LIST_QUERY = Query(
    _USER,
    QueryParam("limit", types.NON_NEGATIVE, since="2.35"),
    QueryParam("marker", types.STRING, since="2.35"),
    closed_since="2.75",
)
ONE_QUERY = Query(_USER, closed_since="2.75")

_NAME = types.NAME | {"pattern": r"^[_\- a-zA-Z0-9]+$"}
_WIDER_NAME = types.NAME | {"pattern": r"^[_\-@. a-zA-Z0-9]+$"}

CREATE_BODY = wrap(
    "keypair",
    Object(
        Param("name", _NAME, until="2.91", required=True, legacy=types.PADDED_NAME),
        Param("name", _WIDER_NAME, since="2.92", required=True),
        Param("public_key", types.STRING, required="2.92"),
        Param("type", {"type": "string", "enum": [SSH, X509]}, since="2.2"),
        Param("user_id", types.STRING, since="2.10"),
    ),
)

# --- what is shown ---------------------------------------------------------------------


class Created(NamedTuple):
    """A new key pair, with its private key where that was made here."""

    keypair: Keypair
    private_key: str | None


_TYPE = {"type": "string", "enum": [SSH, X509]}

VIEW = View(
    "key pair in list",
    Field("name", "name", types.STRING),
    Field("public_key", "public_key", types.STRING),
    Field("fingerprint", "fingerprint", types.STRING),
    Field("type", "type", _TYPE, since="2.2"),
)
SHOW_VIEW = View(
    "key pair",
    *VIEW.fields,
    Field("user_id", "user_id", types.STRING),
    Field("id", "id", {"type": "integer"}),
    Field("created_at", lambda keypair, _request: micros(keypair.created_at), types.DATE_TIME),
    Field(
        "updated_at", lambda keypair, _request: micros(keypair.updated_at), types.nullable(types.DATE_TIME)
    ),
    # A deleted key pair is gone; these two are left of a time when it was only marked.
    Field("deleted", lambda _keypair, _request: False, {"const": False}),
    Field("deleted_at", lambda _keypair, _request: None, types.NULL),
)
CREATED_VIEW = View(
    "created key pair",
    Field("name", lambda created, _request: created.keypair.name, types.STRING),
    Field("public_key", lambda created, _request: created.keypair.public_key, types.STRING),
    Field("fingerprint", lambda created, _request: created.keypair.fingerprint, types.STRING),
    Field("type", lambda created, _request: created.keypair.type, _TYPE, since="2.2"),
    Field("user_id", lambda created, _request: created.keypair.user_id, types.STRING),
    Field(
        "private_key",
        lambda created, _request: OMIT if created.private_key is None else created.private_key,
        types.STRING,
        until="2.91",
        optional=True,
    ),
)

# --- what is done ------------------------------------------------------------------------


class KeypairsController(Controller):
    """``/os-keypairs``."""

    @operation(
        "GET",
        "/os-keypairs",
        policy=INDEX,
        query=LIST_QUERY,
        response=Many(
            "keypairs",
            VIEW,
            item="keypair",
            links="keypairs_links",
            links_since="2.35",
            marker=lambda keypair: keypair.name,
        ),
        errors=(400,),
    )
    def index(self, request: Request) -> list[Keypair]:
        owner = _owner(request, INDEX, request.arg("user_id"))
        limit = request.page_size if request.has(PAGED) else None
        return keypairs.page(self.backend, owner, limit, request.arg("marker"))

    @operation(
        "GET",
        "/os-keypairs/{id}",
        policy=SHOW,
        query=ONE_QUERY,
        response=One("keypair", SHOW_VIEW),
        errors=(404,),
    )
    def show(self, request: Request, id: str) -> Keypair:
        return keypairs.get(self.backend, _owner(request, SHOW, request.arg("user_id")), id)

    @operation(
        "POST",
        "/os-keypairs",
        policy=CREATE,
        body=CREATE_BODY,
        response=One("keypair", CREATED_VIEW),
        status={"2.1": 200, "2.2": 201},
        errors=(400, 403, 409),
    )
    def create(self, request: Request) -> Created:
        given: dict[str, Any] = request.data["keypair"]
        made = keypairs.create(
            self.backend,
            user_id=_owner(request, CREATE, given.get("user_id")),
            project_id=request.context.project_id,
            name=given["name"],
            key_type=given.get("type", SSH),
            public_key=given.get("public_key"),
        )
        return Created(*made)

    @operation(
        "DELETE",
        "/os-keypairs/{id}",
        policy=DELETE,
        query=ONE_QUERY,
        status={"2.1": 202, "2.2": 204},
        errors=(404,),
    )
    def delete(self, request: Request, id: str) -> None:
        keypairs.delete(self.backend, _owner(request, DELETE, request.arg("user_id")), id)


def _owner(request: Request, rule: str, named: str | None) -> str:
    """Whose key pairs the request is about; raises PolicyNotAuthorized for somebody else's."""
    if named is None:
        return str(request.context.user_id)
    # The resource has asked for the caller himself; this asks for the one he names.
    request.authorize(rule, {"user_id": named, "project_id": request.context.project_id})
    return named
