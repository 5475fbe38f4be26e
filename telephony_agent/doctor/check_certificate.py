"""Would Twilio accept the certificate of PUBLIC_URL? Only public authorities count, whatever this machine trusts.

https://www.twilio.com/docs/usage/webhooks/webhooks-security; the numbers are those of https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from .case import Case
from .finding import Finding, Trouble, ok, unknown, wrong
from .network import proxy_for

CHECK = "certificate"
PATIENCE = 10.0  # seconds
SOON = 7  # days in which a certificate that nobody renews becomes a trouble
PUBLIC = Path(certifi.where())
CHAIN = "let the server send the whole chain (often fullchain.pem), from a public authority as Let's Encrypt"
CERTIFICATES = {  # OpenSSL's X509_V_ERR_*; behind it, Twilio's number for it
    9: ("is not valid yet (Twilio: 11236)", "look at the server's clock, and at this one, or wait"),
    10: ("has expired (Twilio: 11236)", "renew it, and look why that did not happen by itself"),
    18: ("is self-signed (Twilio: 11237)", "take one of a public authority, as Let's Encrypt"),
    19: ("comes from an authority of somebody's own (Twilio: 11237)", "take one of a public authority"),
    20: (
        "leads to no public authority (Twilio: 11237): the intermediate one is not sent, or it is a private one",
        CHAIN,
    ),
    62: ("is for another name (Twilio: 11235)", "take one for the name in PUBLIC_URL, or set PUBLIC_URL to its name"),
    64: ("is for another address (Twilio: 11235)", "set PUBLIC_URL to the name that the certificate is for"),
}


async def check(case: Case) -> AsyncIterator[Finding]:
    url = urlsplit(case.settings.public_url)
    if url.scheme != "https" or case.settings.is_local:
        return  # Twilio does not come here
    if proxy := proxy_for(case.settings.public_url):
        yield unknown(CHECK, f"not looked at: the proxy {proxy} (HTTPS_PROXY) stands in between")
        return
    yield await asyncio.to_thread(look, url.hostname or "", url.port or 443)


def look(host: str, port: int, authorities: Path = PUBLIC) -> Finding:
    """A TLS handshake as Twilio's; `authorities`: those that are believed. Blocks."""
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            return _accepted(tls, host)
    except ssl.SSLCertVerificationError as error:
        unnamed = (f"is not accepted: {error.verify_message} (Twilio: 11220)", "mend it")
        what, mend = CERTIFICATES.get(error.verify_code, unnamed)
        return wrong(CHECK, Trouble(f"the certificate of {host} {what}", mend))
    except ssl.SSLError as error:
        return wrong(CHECK, _of_handshake(error, host, port))
    except OSError as error:  # which the check of the URL tells better
        return unknown(CHECK, f"not seen: {host} port {port} can't be reached: {error}")


def _accepted(tls: ssl.SSLSocket, host: str) -> Finding:
    until = str((tls.getpeercert() or {}).get("notAfter", ""))
    days = int((ssl.cert_time_to_seconds(until) - time.time()) // 86_400)
    told = f"Twilio would accept that of {host}: {tls.version()}, valid for {days} days"
    if days < SOON:
        return unknown(CHECK, told, "see that it is renewed: what renews it usually does so weeks before")
    return ok(CHECK, told)


def _of_handshake(error: ssl.SSLError, host: str, port: int) -> Trouble:
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return Trouble(f"{host} speaks no TLS on that port (Twilio: 11220)", "mend PUBLIC_URL's port, or the server")
    if spoken := _spoken(host, port):
        return Trouble(f"{host} speaks {spoken} at most (Twilio: 11220)", "let the server speak TLS 1.2 and 1.3")
    what = f"{host} and this machine find no TLS in common: {error.reason} (Twilio: 11220)"
    return Trouble(what, "look at the server's TLS versions and ciphers")


def _spoken(host: str, port: int) -> str | None:
    """The version that it takes from whoever takes any; None if that is none either."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            return tls.version()
    except OSError:
        return None
