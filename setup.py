"""Packaging: what nova-api needs, which programs it installs, which data it carries.

Lower bounds name the oldest release of each library that the code was written
against; ``constraints.txt`` pins what the tests ran with.
"""

from __future__ import annotations

import pathlib
import re

from setuptools import find_namespace_packages, setup

HERE = pathlib.Path(__file__).resolve().parent


def version() -> str:
    """The version, read from the package without importing it (its libraries may be absent)."""
    text = (HERE / "nova_api" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise SystemExit('nova_api/__init__.py has no line __version__ = "…"')
    return found.group(1)


REQUIRES = [
    "alembic>=1.13",
    "cryptography>=42",
    "eventlet>=0.40",
    "jsonschema-rs>=0.30",
    "keystoneauth1>=5.8",
    "keystonemiddleware>=10.7",
    # The AMQP client below oslo.messaging, for the one question that the library has no call for.
    "kombu>=5.3",
    "limits>=4.0",
    "openstacksdk>=4.0",
    "orjson>=3.10",
    "oslo.config>=9.6",
    "oslo.context>=5.6",
    "oslo.db>=16.0",
    "oslo.log>=6.1",
    "oslo.messaging>=15.0",
    "oslo.middleware>=6.2",
    "oslo.policy>=4.4",
    "oslo.service>=4.1",
    "oslo.utils>=8.0",
    "PasteDeploy>=3.1",
    "prometheus-client>=0.20",
    "Routes>=2.5.1",
    "SQLAlchemy>=2.0.30",
    "WebOb>=1.8.8",
    "wrapt>=1.14",
]

EXTRAS = {
    # What the commands that `make run` prints are typed into.
    "client": ["python-openstackclient>=7.0"],
    # For [keystone_authtoken] memcached_servers.
    "memcached": ["python-memcached>=1.59"],
    "mysql": ["PyMySQL>=1.1"],
    "postgresql": ["psycopg2-binary>=2.9.9"],
    "redis": ["redis>=5.0"],
    "test": [
        "apache-libcloud>=3.8",
        "hypothesis>=6.100",
        "jsonschema>=4.22",
        "msgpack>=1.0",
        "mypy>=1.11",
        "openapi-spec-validator>=0.9",
        "packaging>=24.0",
        "pytest>=8.2",
        # Two test processes on two cores: most tests wait for something.
        "pytest-xdist>=3.6",
        "python-memcached>=1.59",
        "python-novaclient>=18.7",
        "python-openstackclient>=7.0",
        "PyYAML>=6.0.1",
        "reno>=4.1",
        "requests>=2.32",
        "ruff>=0.6",
        "schemathesis>=4.0",
        "setuptools>=64",
        "types-PyYAML",
        "types-requests",
    ],
}

setup(
    name="nova-api",
    version=version(),
    description="The OpenStack Compute API as one small, fast, honest service",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    # Namespace packages, because alembic's folder of revisions has no __init__.py.
    packages=[
        *find_namespace_packages(include=["nova_api", "nova_api.*"], exclude=["*.__pycache__*"]),
        "nova_api.etc",
    ],
    # etc/ is the source; an installed copy carries the same files as nova_api/etc/.
    package_dir={"nova_api": "nova_api", "nova_api.etc": "etc"},
    package_data={
        "nova_api": ["py.typed"],
        "nova_api.etc": ["*.ini", "*.conf", "*.yaml", "systemd/*.service", "haproxy/*.cfg"],
        "nova_api.db": ["**/*.mako", "**/*.ini", "**/*.sql"],
        "nova_api.api": ["**/*.json"],
    },
    include_package_data=False,
    install_requires=REQUIRES,
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [
            "nova-all = nova_api.cmd.all:main",
            "nova-api = nova_api.cmd.api:main",
            "nova-compute = nova_api.cmd.compute:main",
            "nova-manage = nova_api.cmd.manage:main",
            "nova-scheduler = nova_api.cmd.scheduler:main",
        ],
        # Names that backends of the healthcheck application go by.
        "oslo.middleware.healthcheck": [
            "nova_database = nova_api.wsgi.health:DatabaseCheck",
            "nova_broker = nova_api.wsgi.health:BrokerCheck",
        ],
        # For oslo-config-generator, which writes etc/nova.conf (make samples).
        "oslo.config.opts": ["nova_api = nova_api.conf:list_opts"],
    },
    zip_safe=False,
)
