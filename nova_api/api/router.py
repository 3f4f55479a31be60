"""From a path to its Resource, and the frame around every reply.

``Router`` serves any set of controllers; ``APIRouter`` is the compute API,
with microversions (``/v2.1``) or without (``/v1.1``, ``/v2``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import webob
import webob.exc
from routes.mapper import Mapper

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.api import faults, policy
from nova_api.api.compute import RESOURCES
from nova_api.api.controller import Controller
from nova_api.api.declare import LEGACY, MAX, MIN, Operation, operations_of
from nova_api.api.declare import version as versions
from nova_api.api.openapi.controller import OpenAPIController
from nova_api.api.request import PROJECT_SEGMENT, Request
from nova_api.api.resource import MediaTypeUnsupported, MethodNotAllowed, Resource
from nova_api.context import ENVIRON_KEY, ROUTE_KEY

NEW_HEADER = "OpenStack-API-Version"
OLD_HEADER = "X-OpenStack-Nova-API-Version"


class Unrouted(exception.NotFound):
    """No path of the API is like this one."""

    message = "There is nothing at {path}: the resource could not be found."


class Router:
    """Dispatches requests to the operations of ``controllers``.

    :param backend: what the process works with
    :param controllers: classes, each made once with the backend
    """

    def __init__(self, backend: nova_backend.Backend, controllers: Iterable[type[Controller]]) -> None:
        self.backend = backend
        self.enforcer = policy.of(backend.conf)
        self.resources: dict[str, Resource] = {}
        for controller_class in controllers:
            controller = controller_class(backend)
            for operation in operations_of(controller_class):
                path = operation.path
                self.resources.setdefault(path, self.resource_class(path)).add(operation, controller)
        self._mapper = Mapper(controller_scan=None, register=False)
        self._mapper.minimization = False
        # Fixed segments before variable ones, so that /flavors/detail is not flavor "detail".
        for path in sorted(
            self.resources, key=lambda path: [part.startswith("{") for part in path.split("/")]
        ):
            self._mapper.connect(None, path, controller=path)
        self._mapper.create_regs([])

    resource_class = Resource

    @classmethod
    def factory(cls, global_config: dict[str, str], **local_config: str) -> Any:
        """Paste's ``app_factory``."""
        del global_config
        return cls.from_ini(nova_backend.active(), **local_config)

    @classmethod
    def from_ini(cls, backend: nova_backend.Backend, **options: str) -> Router:
        raise NotImplementedError

    # --- one request --------------------------------------------------------

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = self.respond(Request(environ))
        answer: Iterable[bytes] = response(environ, start_response)
        return answer

    def respond(self, request: Request) -> webob.Response:
        """The reply to ``request``; a bug is left to the faultwrap filter."""
        request.backend = self.backend
        request.enforcer = self.enforcer
        request.related = {}
        request.version_prefix = "/" + request.script_name.rpartition("/")[2]
        try:
            return self.dispatch(request)
        except (exception.NovaError, MethodNotAllowed, MediaTypeUnsupported) as error:
            response = self.error_response(request, error)
            if response is None:
                raise
            return response
        except webob.exc.HTTPException as error:
            return self.fault_response(error.status_int, error.explanation)
        except UnicodeDecodeError:
            return self.fault_response(400, "The URL is not UTF-8.")

    def dispatch(self, request: Request) -> webob.Response:
        resource, arguments = self.match(request)
        request.version = MAX
        return resource(request, arguments)

    def path_of(self, request: Request) -> str:
        """The path below this router's root, as templates have it."""
        path: str = request.path_info
        return "/" + path.lstrip("/")

    def match(self, request: Request) -> tuple[Resource, dict[str, str]]:
        """The resource of the path and the values of its template; raises Unrouted."""
        request.environ["nova.full_path"] = request.path_info
        found = self._mapper.match(self.path_of(request))
        if found is None:
            raise Unrouted(path=request.path_info)
        request.environ[ROUTE_KEY] = found["controller"]
        arguments = {name: value for name, value in found.items() if name not in ("controller", "action")}
        return self.resources[found["controller"]], arguments

    # --- errors ---------------------------------------------------------------

    def fault_response(self, status: int, message: str, retry_after: int | None = None) -> webob.Response:
        """An error in this service's own envelope."""
        return faults.fault_response(status, message, retry_after=retry_after)

    def error_response(self, request: Request, error: Exception) -> webob.Response | None:
        """The reply that ``error`` means, or None for a bug."""
        if isinstance(error, MethodNotAllowed):
            response = self.fault_response(405, str(error))
            response.headers["Allow"] = error.kwargs["allow"]
            return response
        if isinstance(error, MediaTypeUnsupported):
            return self.fault_response(415, str(error))
        status = faults.status_of(error)
        if status is None:
            return None
        return self.fault_response(status, str(error), getattr(error, "retry_after", None))

    def operations(self) -> Iterator[Operation]:
        """Every operation that this router answers, for inventories."""
        for resource in self.resources.values():
            for table in (resource.methods, resource.actions):
                for entries in table.values():
                    yield from (operation for operation, _, _ in entries)


class NotAcceptable(exception.NovaError):
    """A version that this service does not speak: 406."""

    message = "Version {asked} is not supported by the API. Minimum is {least} and maximum is {most}."


class APIRouter(Router):
    """The compute API.

    Ini keys: ``microversions`` (default true); false serves the legacy API,
    which ignores version headers, drops unknown keys of bodies and behaves as
    2.1 otherwise.
    """

    def __init__(self, backend: nova_backend.Backend, microversions: bool = True) -> None:
        super().__init__(backend, (*RESOURCES, OpenAPIController))
        self.microversions = microversions

    @classmethod
    def from_ini(
        cls, backend: nova_backend.Backend, microversions: str = "true", **unknown: str
    ) -> APIRouter:
        if unknown:
            raise ValueError(f"unknown option {next(iter(unknown))!r}; microversions is the only one")
        if microversions.lower() not in ("true", "false"):
            raise ValueError(f"microversions must be true or false, not {microversions!r}")
        return cls(backend, microversions=microversions.lower() == "true")

    def path_of(self, request: Request) -> str:
        """The path without the project's segment, which is compared with the token's project."""
        path: str = request.path_info
        context = request.environ.get(ENVIRON_KEY)
        project = getattr(context, "project_id", None)
        found = PROJECT_SEGMENT.match(path) or (
            re.match(rf"^/+({re.escape(project)})(?=/|$)", path) if project else None
        )
        if found is None:
            return "/" + path.lstrip("/")
        rest = path[found.end() :]
        if not rest:
            raise Unrouted(path=path)
        if context is not None and found[1] != project:
            raise exception.Invalid(
                f"Malformed request URL: project_id {found[1]!r} is not the token's project_id {project!r}."
            )
        return "/" + rest.lstrip("/")

    def error_response(self, request: Request, error: Exception) -> webob.Response | None:
        """As for every router; a path that leads nowhere has the web framework's answer, without envelope.

        That is a page, or, for clients that ask for JSON, an object of ``code``, ``message`` and ``title``
        (errors of the API reference, routing).
        """
        if isinstance(error, Unrouted):
            return request.get_response(webob.exc.HTTPNotFound())
        return super().error_response(request, error)

    def dispatch(self, request: Request) -> webob.Response:
        if not self.microversions:
            resource, arguments = self.match(request)
            request.version = LEGACY
            return resource(request, arguments)
        resource, arguments = self.match(request)
        asked = _asked_version(request)
        try:
            request.version = versions.parse(asked)
        except versions.VersionUnreadable:
            return self.fault_response(
                400,
                f"API version string {asked!r} is of invalid form: it must be <major>.<minor>, such as 2.53.",
            )
        except versions.VersionUnsupported:
            error = NotAcceptable(asked=asked, least=versions.text(MIN), most=versions.text(MAX))
            return _with_version(self.fault_response(406, str(error)), asked)
        try:
            response = resource(request, arguments)
        except (exception.NovaError, MethodNotAllowed, MediaTypeUnsupported) as error:
            answer = self.error_response(request, error)
            if answer is None:
                raise
            response = answer
        if "application/vnd.openstack.compute+json" in request.environ.get("HTTP_ACCEPT", ""):
            response.content_type = "application/vnd.openstack.compute+json"
        request.environ["nova.microversion"] = versions.text(request.version)
        return _with_version(response, versions.text(request.version))


def _asked_version(request: Request) -> str:
    """The version that the headers ask for; 2.1 when they ask for none."""
    for entry in request.headers.get(NEW_HEADER, "").split(","):
        service, _, version = entry.strip().partition(" ")
        if service.lower() == "compute" and version.strip():
            return str(version.strip())
    return str(request.headers.get(OLD_HEADER, "").strip() or versions.text(MIN))


def _with_version(response: webob.Response, version: str) -> webob.Response:
    response.headers[NEW_HEADER] = f"compute {version}"
    response.headers[OLD_HEADER] = version
    response.headers.add("Vary", f"{NEW_HEADER}, {OLD_HEADER}")
    return response


__all__ = ["APIRouter", "Controller", "Router"]
