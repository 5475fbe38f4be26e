"""What an exception of a connection that could not be opened means: names, TCP, TLS, proxies."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from urllib.parse import urlsplit

from websockets.exceptions import (
    InvalidHandshake,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidURI,
    ProxyError,
    WebSocketException,
)
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

from ..environment import is_loopback
from .finding import Trouble

CLOCK = "set this machine's clock"
CERTIFICATES = {  # OpenSSL's X509_V_ERR_*
    9: ("is not valid yet", f"{CLOCK}, if it is slow"),
    10: ("has expired", f"renew it; or {CLOCK}, if it is fast"),
    18: ("is self-signed", "give the server one of a public authority, or name yours in SSL_CERT_FILE"),
    19: ("comes from an authority that is not known here", "name that authority's file in SSL_CERT_FILE"),
    20: (
        "comes from an authority that is not known here",
        "install ca-certificates, or name the authority's file in SSL_CERT_FILE; a proxy may have put it in between",
    ),
    62: ("is for another name", "mend the URL, or the certificate"),
    64: ("is for another address", "mend the URL, or the certificate"),
}
UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)


def of_error(error: Exception, url: str, setting: str | None) -> Trouble:
    """`url`: where we wanted to connect; `setting`: the variable that says so, None if none does."""
    host = urlsplit(url).hostname or url
    proxy = proxy_for(url)
    through = f" through the proxy {proxy} (HTTPS_PROXY)" if proxy else ""
    whom = f"the proxy {proxy}" if proxy else host
    mend = f"mend {setting}" if setting else "look at this machine's network"
    if proxy:
        mend = "mend HTTPS_PROXY, or name the host in NO_PROXY"
    match error:
        case InvalidProxy():  # its text has the address, in which a password may stand
            return Trouble(f"the proxy's address is not one: {error.msg}", "mend HTTPS_PROXY")
        case InvalidProxyStatus():
            status = error.response.status_code
            return Trouble(f"the proxy {proxy} answered HTTP {status}", "let it pass connections to that host")
        case ProxyError() | ImportError():
            return Trouble(f"no way{through} to {host}: {error}", "mend HTTPS_PROXY, or name the host in NO_PROXY")
        case ssl.SSLError():
            return _of_tls(error, host)
        case socket.gaierror():
            return Trouble(f"{whom} is not a name that the DNS knows ({error.strerror})", f"{mend}, or the DNS")
        case TimeoutError():
            return Trouble(f"{host} did not answer in time{through}", "look for a firewall, or a server that hangs")
        case InvalidHandshake() | InvalidURI() | UnicodeError():
            return Trouble(f"{host} does not speak WebSocket there: {_plainly(error)}", mend)
        case WebSocketException() | EOFError() | ConnectionResetError() | BrokenPipeError():
            return Trouble(f"{host} cut the connection{through} while it was opened", f"{mend}; is it TLS it wants?")
    return _of_socket(error, whom, mend)


def proxy_for(url: str) -> str | None:
    """The proxy that a connection there takes, without its user and password; None: it is direct."""
    if is_loopback(urlsplit(url).hostname or ""):
        return None
    try:
        proxy = get_proxy(parse_uri(re.sub("^http", "ws", url)))
    except InvalidURI:
        return None
    return proxy and re.sub(r"//[^/]*@", "//…@", proxy)


def _of_tls(error: ssl.SSLError, host: str) -> Trouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        what, mend = CERTIFICATES.get(error.verify_code, (f"is not accepted: {error.verify_message}", "mend it"))
        return Trouble(f"the certificate of {host} {what}", mend)
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return Trouble(f"{host} speaks no TLS on that port", "mend the port, or the scheme of the URL")
    return Trouble(f"{host} and this machine find no TLS in common: {error.reason}", "look at its TLS versions")


def _of_socket(error: Exception, whom: str, mend: str) -> Trouble:
    text = str(error)  # with several addresses asyncio packs the numbers into the text
    found = re.search(r"\[Errno (\d+)\]", text)
    number = getattr(error, "errno", None) or (int(found[1]) if found else None)
    if number == errno.ECONNREFUSED:
        return Trouble(f"{whom} refuses the connection: nobody listens on that port", f"start the server, or {mend}")
    if number in UNREACHABLE:
        return Trouble(f"there is no way to {whom}: {text}", "look at this machine's network")
    return Trouble(f"no connection to {whom}: {type(error).__name__} {text}", mend)


def _plainly(error: Exception) -> str:
    cause = error.__cause__
    return f"{error}{f' ({cause})' if cause else ''}"
