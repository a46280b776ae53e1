"""Where a request comes from, told by nobody who could lie about it."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

from console.signing_in.sessions import Origin


def address_of(request: HttpRequest) -> str | None:
    """Return the address of the client, None where there is none, as over a Unix socket.

    Each reverse proxy adds to X-Forwarded-For whom it got the request from. What stands before the additions of our
    own proxies was sent by the client, who may have made it up.
    """
    hops = settings.CALLBOARD_PROXIES
    chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    said = chain[-hops] if 0 < hops <= len(chain) else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return None


def origin_of(request: HttpRequest) -> Origin:
    return Origin(address_of(request), request.headers.get("User-Agent", ""))
