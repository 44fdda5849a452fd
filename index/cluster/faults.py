"""A failure of the network on the way to a node -> a Trouble: who did not answer, why, and what to do.

The exceptions of the client wrap those of Python's sockets; what matters is found by walking down to these, so nothing
here knows the client. Use it for requests without any answer; answers are for `index.cluster.translation`.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from index.cluster.trouble import Trouble
from index.errors import ClusterDenied, ClusterRefused, ClusterUnavailable

# OpenSSL's codes for certificates (X509_V_ERR_*).
_NOT_YET_VALID, _EXPIRED, _OTHER_HOST, _OTHER_ADDRESS = 9, 10, 62, 64
_PLAIN_TEXT = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL")


def trouble_of_failure(error: BaseException, host: str, what: str, timeout_s: float) -> Trouble:
    """What an exception of a request means. host: the URL of the node; what: method and path."""
    causes = tuple(_causes(error))
    tls = next((one for one in causes if isinstance(one, ssl.SSLError)), None)
    if tls is not None:
        return _trouble_of_tls(tls, host)
    names = {type(one).__name__ for one in causes}
    last = _text(causes[-1])
    address = next((one for one in causes if isinstance(one, socket.gaierror)), None)
    if address is not None or "NameResolutionError" in names:
        happened = f"the name in {host} is not known ({_text(address or causes[-1])})"
        return _unavailable(happened, "check cluster.hosts and the name service", sent=False)
    if any(isinstance(one, ConnectionRefusedError) for one in causes):
        return _unavailable(f"{host} refuses connections", "is the node up, and is the port right?", sent=False)
    if "ConnectTimeoutError" in names:
        return _unavailable(f"{host} cannot be reached in time", "is the node up, and does a firewall let us by?", sent=False)
    if "ReadTimeoutError" in names or any(isinstance(one, TimeoutError) for one in causes):
        happened = f"{host} did not answer {what} within {timeout_s:.3g} s"
        return _unavailable(happened, "the cluster is overloaded or the node hangs; try again later, or raise cluster.timeout_s")
    if "NewConnectionError" in names:
        return _unavailable(f"{host} cannot be reached ({last})", "check cluster.hosts and the network", sent=False)
    if {"BadStatusLine", "UnicodeDecodeError", "DecodeError"} & names:  # not RemoteDisconnected, which is one by inheritance
        return Trouble(ClusterRefused, f"{host} does not speak HTTP ({last})", "check the port in cluster.hosts", elsewhere=True)
    hint = "" if host.startswith("https") else " If it expects TLS, write https:// in cluster.hosts"
    return _unavailable(f"{host} broke off the connection during {what} ({last})", f"is the node up?{hint}")


def _trouble_of_tls(error: ssl.SSLError, host: str) -> Trouble:
    """Nobody gets past a failed handshake, so another node may be asked the same; only settings help in the end."""
    reason = error.reason or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        happened, advice = _certificate(error, host)
        return Trouble(ClusterDenied, happened, advice, elsewhere=True, sent=False)
    if any(name in reason for name in _PLAIN_TEXT) or "wrong version number" in str(error):
        return Trouble(
            ClusterDenied,
            f"{host} does not speak TLS",
            "write http:// in cluster.hosts, or the port of TLS",
            elsewhere=True,
            sent=False,
        )
    if "ALERT" in reason:
        return Trouble(
            ClusterDenied,
            f"{host} ended the TLS handshake ({_text(error)})",
            "it may ask for a client certificate, which is not supported, or for another version of TLS",
            elsewhere=True,
            sent=False,
        )
    return _unavailable(f"{host} broke off a TLS connection ({_text(error)})", "is the node up, and does its port speak TLS?")


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> tuple[str, str]:
    said = error.verify_message or _text(error)
    if error.verify_code in (_OTHER_HOST, _OTHER_ADDRESS):
        return f"the certificate of {host} is for another name ({said})", "write the name of the certificate in cluster.hosts"
    if error.verify_code in (_EXPIRED, _NOT_YET_VALID):
        return f"the certificate of {host} is not valid today ({said})", "renew it, or set the clock"
    return (
        f"the certificate of {host} is not signed by a known authority ({said})",
        "set cluster.ca_file to the certificate of the authority that signed it",
    )


def _unavailable(happened: str, advice: str, *, sent: bool = True) -> Trouble:
    return Trouble(ClusterUnavailable, happened, advice, again=True, elsewhere=True, sent=sent)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps, as arguments, causes or contexts; the innermost last."""
    seen: set[int] = set()
    pending: list[BaseException] = [error]
    while pending:
        one = pending.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (*one.args, getattr(one, "reason", None), one.__cause__, one.__context__)
        pending.extend(other for other in inner if isinstance(other, BaseException))


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
