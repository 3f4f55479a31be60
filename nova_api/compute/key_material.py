"""Making and reading of SSH keys and X.509 certificates."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
from typing import Final

from cryptography import exceptions, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nova_api import exception

SSH: Final = "ssh"
X509: Final = "x509"

_KEY_BITS = 2048
_CERTIFICATE_DAYS = 3650
_NAME_LENGTH = 64  # bytes, of a certificate's common name
#: How Windows finds the account that a certificate logs in to.
_PRINCIPAL_NAME = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")


def generate(key_type: str, user_id: str) -> tuple[str, str]:
    """A new public and private key as text.

    SSH: an ``ssh-rsa`` line and PEM.  X.509: a self-signed certificate in PEM,
    good for client authentication, and PKCS#12 without a password in base64.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    if key_type == X509:
        certificate = _certificate(key, user_id)
        bundle = pkcs12.serialize_key_and_certificates(
            None, key, certificate, None, serialization.NoEncryption()
        )
        return _pem(certificate), base64.b64encode(bundle).decode()
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return f"{public.decode()} Generated-by-Nova", private.decode()


def fingerprint(key_type: str, public_key: str) -> str:
    """MD5 of an SSH key's data, or SHA-1 of a certificate, as pairs of hex digits with colons.

    Raises Invalid for what is no such key.
    """
    digest = _certificate_digest(public_key) if key_type == X509 else _ssh_digest(public_key)
    return digest.hex(":")


def _ssh_digest(public_key: str) -> bytes:
    if public_key.lstrip().startswith("ssh-dss"):
        raise exception.Invalid(
            "Keypair data is invalid: DSA keys are not taken, because SSH servers refuse them by now."
        )
    try:
        data = base64.b64decode(public_key.split()[1], validate=True)
        serialization.load_ssh_public_key(public_key.encode())
    except (ValueError, IndexError, binascii.Error, exceptions.UnsupportedAlgorithm) as error:
        raise exception.Invalid(
            "Keypair data is invalid: it is not an SSH public key, a line of type, base64 data and comment."
        ) from error
    return hashlib.md5(data, usedforsecurity=False).digest()


def _certificate_digest(public_key: str) -> bytes:
    try:
        certificate = x509.load_pem_x509_certificate(public_key.encode())
        return certificate.fingerprint(hashes.SHA1())  # the name of a certificate, not its protection
    except (ValueError, exceptions.UnsupportedAlgorithm) as error:
        raise exception.Invalid(
            "Keypair data is invalid: it is not an X.509 certificate in PEM form."
        ) from error


def _certificate(key: rsa.RSAPrivateKey, user_id: str) -> x509.Certificate:
    subject = user_id.encode()[:_NAME_LENGTH].decode(errors="ignore")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    principal = x509.OtherName(_PRINCIPAL_NAME, _utf8_string(f"{user_id}@localhost"))
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=_CERTIFICATE_DAYS))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([principal]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _utf8_string(text: str) -> bytes:
    """DER of a UTF8String: tag, length, bytes."""
    content = text.encode()
    size = len(content)
    if size < 0x80:
        return bytes([0x0C, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x0C, 0x80 | len(length)]) + length + content


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
