"""Who asks another service, and where it is.

A request of a user goes on with that user's token, and a service token beside
it: with the two, the other service accepts a token that expires on the way.
Work on a host has no user's token (work items carry no credentials), and is
asked for by the service user, who is an administrator there; the service token
goes along as well, for Cinder ends the attachment of a server for nobody else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import keystoneauth1.loading
import keystoneauth1.plugin
import keystoneauth1.service_token
import keystoneauth1.session
from keystoneauth1.exceptions import ClientException
from oslo_config import cfg

from nova_api.context import RequestContext
from nova_api.neighbours.misconfigured import Misconfigured

Plugin = keystoneauth1.plugin.BaseAuthPlugin

#: Projects for which the service user's tokens are kept.
_MOST_PROJECTS = 200
#: Options of an auth plugin that say for what a token is.
_SCOPE = frozenset(
    {
        "project_id",
        "project_name",
        "project_domain_id",
        "project_domain_name",
        "domain_id",
        "domain_name",
        "system_scope",
        "default_domain_id",
        "default_domain_name",
        "trust_id",
    }
)


class Bearer(Plugin):
    """A token that somebody else has got."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def get_token(self, session: keystoneauth1.session.Session) -> str | None:
        return self._token


class Access:
    """The service ``service_type``, as options group ``group`` says to reach it.

    ``section`` is the group with the service user's credentials.  Raises
    Misconfigured when that lacks what its ``auth_type`` needs.
    """

    def __init__(self, conf: cfg.ConfigOpts, group: str, service_type: str) -> None:
        self._conf = conf
        self._options = conf[group]
        self._service_type = service_type
        self.section: str = self._options.credentials_section
        # A token of the noauth pipeline, or of local accounts, means nothing to another service.
        self._passes_tokens = conf.auth_strategy == "keystone"
        self._service = self._plugin(None)
        self._of_projects: OrderedDict[str, Plugin] = OrderedDict()
        self._lock = threading.Lock()
        self.session = keystoneauth1.session.Session(
            verify=False if self._options.insecure else (self._options.cafile or True),
            timeout=self._options.timeout,
            user_agent="nova-api",
        )

    def _plugin(self, project_id: str | None) -> Plugin:
        """The service user: in its own project, or in the one given."""
        section = self.section
        try:
            keystoneauth1.loading.register_auth_conf_options(self._conf, section)
            section = self._conf[section].auth_section or section
            name = self._conf[section].auth_type
            if not name:
                raise Misconfigured(f"[{section}] has no auth_type, and [{self._options_name}] needs it")
            loader: Any = keystoneauth1.loading.get_plugin_loader(name)
            options = keystoneauth1.loading.get_auth_plugin_conf_options(loader)
            self._conf.register_opts(options, group=section)

            def value(option: Any) -> Any:
                if project_id is not None and option.dest in _SCOPE:
                    return project_id if option.dest == "project_id" else None
                return self._conf[section][option.dest]

            plugin: Plugin = loader.load_from_options_getter(value)
        except (ClientException, cfg.Error) as error:
            raise Misconfigured(
                f"[{section}] does not say who asks the service of [{self._options_name}]: {error}"
            ) from error
        return plugin

    @property
    def _options_name(self) -> str:
        return str(self._options._group.name)

    # --- who ---------------------------------------------------------------------

    def is_users(self, context: RequestContext) -> bool:
        """Whether a request in ``context`` goes on as its user."""
        return bool(self._passes_tokens and context.auth_token)

    def auth(self, context: RequestContext, *, in_project: bool = False) -> Plugin:
        """As whom a request in ``context`` is sent.

        ``in_project`` has the service user act inside the context's project
        (where it needs a role): what it makes then belongs to that project.
        """
        asks = self._service
        if self.is_users(context):
            asks = Bearer(str(context.auth_token))
        elif in_project and context.project_id:
            asks = self._in_project(context.project_id)
        return keystoneauth1.service_token.ServiceTokenAuthWrapper(asks, self._service)

    def _in_project(self, project_id: str) -> Plugin:
        with self._lock:
            plugin = self._of_projects.pop(project_id, None) or self._plugin(project_id)
            self._of_projects[project_id] = plugin
            while len(self._of_projects) > _MOST_PROJECTS:
                self._of_projects.popitem(last=False)
            return plugin

    # --- where -------------------------------------------------------------------

    def endpoint(self, context: RequestContext, *, in_project: bool = False) -> str | None:
        """The service's URL without a slash at the end; None when the catalog has none.

        Some catalogs put the asking project's id into it: it is then that of
        the project for which is asked.
        """
        override = self._options.endpoint_override
        if override:
            return str(override).rstrip("/")
        found = self._service.get_endpoint(
            self.session,
            service_type=self._service_type,
            interface=list(self._options.valid_interfaces),
            region_name=self._options.region_name,
            skip_discovery=True,
        )
        if not found:
            return None
        own = self._service.get_project_id(self.session)
        inside = self.is_users(context) or in_project
        if own and inside and context.project_id:
            found = found.replace(own, context.project_id)
        return str(found).rstrip("/")
