"""A certificate for the simulator, made on the spot: a little CA, and a server that it vouches for.

Needs ``cryptography``, the extra ``tls``. The CA's key is thrown away, so nothing else can be
signed by whom clients are told to trust.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS: Final = 365
LOCAL: Final = ("localhost", "127.0.0.1", "::1")


def server_context(folder: Path, names: Sequence[str] = LOCAL) -> tuple[ssl.SSLContext, Path]:
    """TLS for these host names and addresses, and the certificate that clients have to trust.

    Both are kept in ``folder`` and made anew when they have a day left, or lack a name.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    trusted, server = folder / "ca.pem", folder / "server.pem"
    if not _serves(server, trusted, names):
        _make(server, trusted, names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    return context, trusted


def _serves(server: Path, trusted: Path, names: Sequence[str]) -> bool:
    if not (server.exists() and trusted.exists()):
        return False
    try:
        certificate = x509.load_pem_x509_certificate(server.read_bytes())
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    fresh = certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1)
    return fresh and all(_general(name) in held for name in names)


def _make(server: Path, trusted: Path, names: Sequence[str]) -> None:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _name("The CA of a django-tim simulator")
    ca_identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = _signed(
        ca_key,
        _builder(authority, authority, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(ca_identifier, critical=False),
    )
    certificate = _signed(
        ca_key,
        _builder(_name("A django-tim simulator"), authority, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(map(_general, names)), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_identifier),
            critical=False,
        ),
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    server.unlink(missing_ok=True)
    server.touch(mode=0o600)
    server.write_bytes(certificate + secret)
    trusted.write_bytes(ca)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
    )


def _signed(key: ec.EllipticCurvePrivateKey, builder: x509.CertificateBuilder) -> bytes:
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(**uses: bool) -> x509.KeyUsage:
    every = (
        "digital_signature content_commitment key_encipherment data_encipherment "
        "key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    )
    given: dict[str, Any] = dict.fromkeys(every.split(), False) | uses
    return x509.KeyUsage(**given)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
