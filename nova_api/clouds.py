"""``clouds.yaml`` of the embedded cloud: where openstack clients find address and passwords.

The generated passwords are kept here and nowhere else, readable by the owner only.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping
from typing import Any

import yaml
from oslo_config import cfg

_HEAD = "# Written by nova-all; the entries admin and demo are kept up to date at each start, others stay.\n"


def path_of(conf: cfg.ConfigOpts) -> pathlib.Path:
    """``<state_path>/clouds.yaml``, absolute."""
    return pathlib.Path(conf.state_path).resolve() / "clouds.yaml"


def _read(path: pathlib.Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def passwords(path: pathlib.Path) -> dict[str, str]:
    """User name → password of the entries in the file at ``path``; empty when there is none."""
    found = {}
    for cloud in (_read(path).get("clouds") or {}).values():
        auth = cloud.get("auth") or {}
        if "username" in auth and "password" in auth:
            found[str(auth["username"])] = str(auth["password"])
    return found


def write(path: pathlib.Path, root_url: str, accounts: Mapping[str, str], region: str) -> None:
    """One cloud for each account (name → password), at the service whose root is ``root_url``.

    A user's project has the user's name.
    """
    content = _read(path)
    clouds = content.setdefault("clouds", {})
    for name, password in accounts.items():
        clouds[name] = {
            "auth": {
                "auth_url": f"{root_url}/identity/v3",
                "username": name,
                "password": password,
                "project_name": name,
                "user_domain_name": "Default",
                "project_domain_name": "Default",
            },
            "identity_api_version": 3,
            "region_name": region,
        }
    text = _HEAD + yaml.safe_dump(content, sort_keys=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed, so that a client never reads half of it; 0600 from its first byte.
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
