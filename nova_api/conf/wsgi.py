"""[wsgi] options: what the HTTP server allows its clients, and for how long."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup(
    "wsgi", title="The HTTP server", help="Sockets, time-outs, limits and TLS of every WSGI service."
)

OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        "api_paste_config",
        default="api-paste.ini",
        help="The Paste Deploy file that composes the service; a relative name is looked for beside the "
        "options file, then in the project's etc folder.",
    ),
    cfg.IntOpt(
        "pool_size",
        default=1000,
        min=1,
        help="Connections that one process serves at the same time, each in a green thread. When all are "
        "taken, the connection that has been idle longest is closed to make room for a new one; when "
        "none is idle, new ones wait in the backlog.",
    ),
    cfg.IntOpt("backlog", default=4096, min=1, help="Connections that may wait to be accepted."),
    cfg.IntOpt(
        "tcp_keepidle", default=600, min=1, help="Seconds of silence before TCP asks whether the peer lives."
    ),
    cfg.BoolOpt("keep_alive", default=True, help="Whether a connection may carry more than one request."),
    cfg.FloatOpt(
        "keep_alive_timeout",
        default=75.0,
        min=0.05,
        help="Seconds that a connection may be idle between two requests. Give a proxy in front a shorter "
        "one, so that it never sends a request into a closing connection.",
    ),
    cfg.FloatOpt(
        "header_timeout",
        default=20.0,
        min=0.05,
        help="Seconds, all told, from the first byte of a request to the end of its headers; also for a new "
        "connection to begin its first request, and for a TLS handshake.",
    ),
    cfg.FloatOpt(
        "body_timeout",
        default=30.0,
        min=0.05,
        help="Seconds, all told, that the server waits for the bytes of one request body; what arrives earns "
        "time back at the rate of body_min_rate, so that only a slow client is cut, not a long upload.",
    ),
    cfg.IntOpt(
        "body_min_rate", default=500, min=1, help="Bytes a second below which a request body is too slow."
    ),
    cfg.FloatOpt(
        "send_timeout",
        default=60.0,
        min=0.05,
        help="Seconds that a client may take no byte of a reply before it is cut.",
    ),
    cfg.IntOpt(
        "max_request_line",
        default=16384,
        min=256,
        help="Bytes of method, URL and protocol; a longer line is answered 414.",
    ),
    cfg.IntOpt(
        "max_header_line",
        default=16384,
        min=256,
        help="Bytes of one header; a longer one is answered 431. Tokens travel in headers.",
    ),
    cfg.IntOpt(
        "max_header_size",
        default=65536,
        min=1024,
        help="Bytes of all headers of a request; more are answered 431.",
    ),
    cfg.IntOpt("max_header_count", default=200, min=10, help="Headers of a request; more are answered 431."),
    cfg.IntOpt(
        "max_body_size",
        default=64 * 1024**3,
        min=0,
        help="Bytes of a request body, answered 413 above. Large, because image uploads come this way too: "
        "the sizelimit filter holds the API's own bodies to far less.",
    ),
    cfg.FloatOpt(
        "graceful_shutdown_timeout",
        default=60.0,
        min=0.0,
        help="Seconds that requests in flight get to finish after SIGTERM; what is left then is cut.",
    ),
    cfg.StrOpt("ssl_cert_file", help="Certificate chain in PEM; with it the service speaks TLS only."),
    cfg.StrOpt(
        "ssl_key_file", help="Private key in PEM; not given means that the certificate file holds it."
    ),
    cfg.StrOpt(
        "ssl_ca_file", help="Authorities in PEM; with it clients must present a certificate of theirs."
    ),
    cfg.StrOpt(
        "ssl_minimum_version", default="TLSv1.2", choices=["TLSv1.2", "TLSv1.3"], help="Oldest TLS spoken."
    ),
    cfg.StrOpt("ssl_ciphers", help="OpenSSL cipher list for TLS 1.2; not given means OpenSSL's own choice."),
]
