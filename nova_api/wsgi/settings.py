"""What a server allows its clients, as plain values: the [wsgi] options without oslo.config."""

from __future__ import annotations

from dataclasses import dataclass, fields

from oslo_config import cfg


@dataclass(frozen=True)
class Settings:
    """Times are seconds, sizes bytes; the meaning of each is the help text in ``nova_api/conf/wsgi.py``."""

    pool_size: int = 1000
    backlog: int = 4096
    tcp_keepidle: int = 600
    keep_alive: bool = True
    keep_alive_timeout: float = 75.0
    header_timeout: float = 20.0
    body_timeout: float = 30.0
    body_min_rate: int = 500
    send_timeout: float = 60.0
    max_request_line: int = 16384
    max_header_line: int = 16384
    max_header_size: int = 65536
    max_header_count: int = 200
    max_body_size: int = 64 * 1024**3
    graceful_shutdown_timeout: float = 60.0
    ssl_cert_file: str | None = None
    ssl_key_file: str | None = None
    ssl_ca_file: str | None = None
    ssl_minimum_version: str = "TLSv1.2"
    ssl_ciphers: str | None = None

    @classmethod
    def from_conf(cls, conf: cfg.ConfigOpts) -> Settings:
        """The values of group ``[wsgi]`` of ``conf``."""
        return cls(**{field.name: conf.wsgi[field.name] for field in fields(cls)})
