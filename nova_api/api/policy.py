"""Who may do what: oslo.policy with documented defaults, declared beside the operations they guard.

``rule`` registers a default when its resource's module is imported; an
operator's ``policy.yaml`` overrides it by name.
"""

from __future__ import annotations

import functools
import importlib.metadata
import time
import weakref
from typing import Any

from oslo_config import cfg
from oslo_policy import _checks as oslo_checks
from oslo_policy import policy as oslo_policy

from nova_api import conf as nova_conf
from nova_api import exception
from nova_api.context import RequestContext


def _further_check(entry: importlib.metadata.EntryPoint, kind: str, match: str) -> Any:
    """A check of a kind that a library adds, ``http:`` among them, loaded when a rule has one."""
    return entry.load()(kind, match)


# oslo.policy would load the libraries of all of them to read the first rule: an HTTP client for nobody.
oslo_checks.extension_checks = {
    entry.name: functools.partial(_further_check, entry)
    for entry in importlib.metadata.entry_points(group="oslo.policy.rule_checks")
}

#: Base rules, by the names that operators' files use.
_BASE = [
    oslo_policy.RuleDefault("context_is_admin", "role:admin", "Whoever holds the role admin."),
    oslo_policy.RuleDefault(
        "project_reader_api", "role:reader and project_id:%(project_id)s", "Readers of the target's project."
    ),
    oslo_policy.RuleDefault(
        "project_member_api", "role:member and project_id:%(project_id)s", "Members of the target's project."
    ),
    oslo_policy.RuleDefault(
        "project_manager_api",
        "role:manager and project_id:%(project_id)s",
        "Managers of the target's project.",
    ),
    oslo_policy.RuleDefault("service_api", "role:service", "Other services."),
    oslo_policy.RuleDefault(
        "project_reader_or_admin",
        "rule:project_reader_api or rule:context_is_admin",
        "Readers, and administrators.",
    ),
    oslo_policy.RuleDefault(
        "project_member_or_admin",
        "rule:project_member_api or rule:context_is_admin",
        "Members, and administrators.",
    ),
    oslo_policy.RuleDefault(
        "project_manager_or_admin",
        "rule:project_manager_api or rule:context_is_admin",
        "Managers, and administrators.",
    ),
    oslo_policy.RuleDefault(
        "service_or_admin", "rule:service_api or rule:context_is_admin", "Services, and administrators."
    ),
]

ADMIN = "rule:context_is_admin"
READER = "rule:project_reader_or_admin"
MEMBER = "rule:project_member_or_admin"
MANAGER = "rule:project_manager_or_admin"
SERVICE = "rule:service_or_admin"
ANYONE = "@"
#: The owner of a key pair, whatever the project.
USER_OR_ADMIN = "(rule:context_is_admin) or user_id:%(user_id)s"

_declared: dict[str, oslo_policy.DocumentedRuleDefault] = {}


def rule(name: str, check: str, description: str) -> str:
    """Registers the default of policy ``name`` and returns the name. Raises ValueError for a second one."""
    if name in _declared:
        raise ValueError(f"policy {name} is declared twice")
    _declared[name] = oslo_policy.DocumentedRuleDefault(
        name, check, description, operations=[{"path": "/", "method": "GET"}], scope_types=["project"]
    )
    return name


def declared() -> list[oslo_policy.DocumentedRuleDefault]:
    """Every default declared so far, by name."""
    return [_declared[name] for name in sorted(_declared)]


#: Seconds after which the operator's file is looked at again: oslo.policy would do so at each question.
RELOAD = 1.0
#: Decisions that are kept in that time, at most.
MOST_KEPT = 10_000


class Enforcer:
    """Decides with the defaults and the operator's overrides (``[api] policy_file``).

    A decision is kept for the same caller (all that policies are told of him),
    policy and target until the file is looked at again: so a changed file, or
    another answer of a rule that asks a remote service, counts within ``RELOAD``
    seconds.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        # oslo.policy keeps its options on the ConfigOpts that it is given: one of
        # its own, so that several enforcers of a process do not meet there.
        self._conf = conf  # alive as long as this is: `of` knows it by its id
        own = cfg.ConfigOpts()
        own([], project="nova-api", default_config_files=[])
        found = nova_conf.beside(conf, conf.api.policy_file)
        self._enforcer = oslo_policy.Enforcer(own, policy_file=found or conf.api.policy_file)
        self._enforcer.suppress_default_change_warnings = True
        self._enforcer.suppress_deprecation_warnings = True
        self._enforcer.register_defaults(_BASE)
        self.take_declared()
        self._kept: dict[tuple[Any, ...], bool] = {}

    def take_declared(self) -> None:
        """Takes the defaults that have been declared since it was made."""
        known = self._enforcer.registered_rules
        self._reload_at = 0.0  # they count when the file is looked at again
        self._enforcer.register_defaults([default for default in declared() if default.name not in known])

    def allows(self, context: RequestContext, name: str, target: dict[str, Any]) -> bool:
        """Whether ``context`` may do ``name`` to ``target`` (``project_id``, ``user_id`` of the thing).

        Every policy is about projects: a token scoped to the system is refused.
        """
        self._look_at_the_file()
        key = (name, context.fingerprint, *target.items())
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._decide(context, name, target)
        return found

    def _decide(self, context: RequestContext, name: str, target: dict[str, Any]) -> bool:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        try:
            return bool(self._enforcer.authorize(name, target, dict(context.credentials), do_raise=False))
        except oslo_policy.InvalidScope:
            return False

    def _look_at_the_file(self) -> None:
        now = time.monotonic()
        if now < self._reload_at:
            return
        self._reload_at = now + RELOAD
        self._kept.clear()
        self._enforcer.use_conf = True
        self._enforcer.load_rules()
        self._enforcer.use_conf = False  # until then, authorize() takes the rules as they are

    def check(self, context: RequestContext, name: str, target: dict[str, Any]) -> None:
        """Raises PolicyNotAuthorized, which names the policy, where ``allows`` is false."""
        if not self.allows(context, name, target):
            raise exception.PolicyNotAuthorized(action=name)


#: By identity of the configuration, like backends.
_enforcers: weakref.WeakValueDictionary[int, Enforcer] = weakref.WeakValueDictionary()


def of(conf: cfg.ConfigOpts) -> Enforcer:
    """The one enforcer of ``conf`` in this process, with all that has been declared so far."""
    found = _enforcers.get(id(conf))
    if found is None:
        found = _enforcers[id(conf)] = Enforcer(conf)
    else:
        found.take_declared()
    return found
