"""Certificates for servers of the tests: of an authority that may be trusted, or not; expired, or for another name."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)
SIGNS = x509.KeyUsage(  # what an authority's key is for
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass
class Authority:
    """`file` is what SSL_CERT_FILE names to trust it."""

    folder: Path

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("an authority of the tests")
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(_pem(_certificate(self._name, self._name, self._key, self._key, authority=True)))

    def server(self, *, valid: tuple[int, int] = (-1, 1), host: str = "127.0.0.1") -> ssl.SSLContext:
        """A server's context: for that host, from and until so many days from now."""
        return _context(self.server_file(valid=valid, host=host))

    def server_file(self, *, valid: tuple[int, int] = (-1, 1), host: str = "127.0.0.1") -> Path:
        """A server's key and certificate, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self._keep(key, _certificate(_name(host), self._name, key, self._key, valid=valid, host=host))

    def intermediate(self) -> Authority:
        """One that this one vouches for; its servers do not send its certificate."""
        folder = self.folder / "intermediate"
        folder.mkdir()
        below = Authority(folder)
        below._name = _name("an intermediate authority of the tests")
        below.file.write_bytes(_pem(_certificate(below._name, self._name, below._key, self._key, authority=True)))
        return below

    def self_signed(self) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("127.0.0.1")
        return _context(self._keep(key, _certificate(name, name, key, key, host="127.0.0.1")))

    def _keep(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Path:
        file = self.folder / "server.pem"
        encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
        file.write_bytes(secret + _pem(certificate))
        return file


def _context(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    valid: tuple[int, int] = (-1, 1),
    host: str = "",
    authority: bool = False,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0] * DAY)
        .not_valid_after(now + valid[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        # Python 3.13 wants to know whose it is, and what an authority's is for.
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if authority:
        builder = builder.add_extension(SIGNS, critical=True)
    if host:
        name = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
