"""Who may ask: requests that a web page elsewhere has a browser send are refused."""

import ipaddress
import urllib.parse

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Callers:
    """Looks at the `Host` and `Origin` of a request.

    A page of another site can have a browser on this machine send requests here: by
    a name of its own that it points at this address (DNS rebinding), or as a form. A
    browser tells both.

    Args:
        names: iterable of str, names by which this server is called beside its
            addresses and `localhost`; `*` for any name.
        cross_origin: bool, let pages of other sites send requests.
    """

    def __init__(self, names=("*",), cross_origin=False):
        self._names = {name.lower().rstrip(".") for name in names}
        self._cross_origin = cross_origin

    def refusal(self, method, headers):
        """Says why a request is not answered.

        Args:
            method: str, of HTTP.
            headers: mapping of str to str, lower case.

        Returns:
            str, or None for one that is.
        """
        host = headers.get("host", "")
        name = _split(f"//{host}")[0]
        if host and not self._is_known(name):
            return (
                f"The Host of this request is {name!r}, which is none of this "
                "server's names; allow it with --rest_api_allowed_hosts"
            )
        origin = headers.get("origin")
        if origin is None or self._cross_origin or method == "OPTIONS":
            return None
        if self._is_own(origin, host):
            return None
        return (
            f"A page of {origin!r} may not send requests here; allow it with "
            "--rest_api_allowed_hosts, or all with --rest_api_enable_cors_support"
        )

    def _is_known(self, name):
        if "*" in self._names or name in self._names:
            return True
        # Whoever is called by an address was not led here by a name.
        return name == "localhost" or name.endswith(".localhost") or _is_address(name)

    def _is_own(self, origin, host):
        scheme = origin.partition("://")[0]
        if scheme not in _DEFAULT_PORTS:
            return False
        name, port = _split(origin)
        default = _DEFAULT_PORTS[scheme]
        own, own_port = _split(f"//{host}")
        if name and name in self._names:
            return True
        return bool(name) and (name, port or default) == (own, own_port or default)


def _split(address):
    try:
        parts = urllib.parse.urlsplit(address)
        return (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "", None


def _is_address(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
