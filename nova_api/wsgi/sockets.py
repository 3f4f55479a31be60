"""Listening sockets and TLS contexts; every failure is one sentence for the operator."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl

from nova_api.wsgi.settings import Settings


class ListenError(Exception):
    """The server cannot listen as it was told to; the message is one line."""


def _resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE, proto=socket.IPPROTO_TCP
        )
    except socket.gaierror as error:
        raise ListenError(f"cannot listen on {host!r}: {error.strerror}") from None
    return [(family, (str(address[0]), int(address[1]))) for family, _, _, _, address in found]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``; a name must resolve to loopback addresses alone."""
    addresses = [ipaddress.ip_address(address.split("%")[0]) for _, (address, _) in _resolve(host, 0)]
    return all(address.is_loopback for address in addresses)


def listen(host: str, port: int, settings: Settings) -> socket.socket:
    """A socket that listens on the first address of ``host``; ``::`` takes IPv4 too.

    Raises ListenError when the address is taken, foreign or not allowed.
    """
    family, address = _resolve(host, port)[0]
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and address[0] == "::":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # Accepted sockets inherit these three.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, settings.tcp_keepidle)
        sock.bind(address)
        sock.listen(settings.backlog)
    except OSError as error:
        sock.close()
        raise ListenError(f"cannot listen on {show(address)}: {os.strerror(error.errno or 0)}") from None
    return sock


def show(address: tuple[str, int]) -> str:
    """``host:port``, with brackets around an IPv6 address."""
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def configure_tls(context: ssl.SSLContext, settings: Settings) -> None:
    """Fills a server's ``context`` from the ssl_* settings; raises ListenError naming the bad file."""
    key = settings.ssl_key_file or settings.ssl_cert_file
    try:
        context.load_cert_chain(settings.ssl_cert_file or "", key)
    except OSError as error:  # SSLError, a mismatch of the two, is one
        raise ListenError(
            f"cannot use certificate {settings.ssl_cert_file} with key {key}: {error.strerror or error}"
        ) from None
    if settings.ssl_ca_file:
        try:
            context.load_verify_locations(settings.ssl_ca_file)
        except OSError as error:
            raise ListenError(
                f"cannot use authorities {settings.ssl_ca_file}: {error.strerror or error}"
            ) from None
        context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}[
        settings.ssl_minimum_version
    ]
    if settings.ssl_ciphers:
        try:
            context.set_ciphers(settings.ssl_ciphers)
        except ssl.SSLError:
            raise ListenError(f"OpenSSL knows no cipher in {settings.ssl_ciphers!r}") from None
