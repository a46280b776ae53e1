"""The entry point of the web process: HTTP and WebSocket on one port."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()  # loads the apps, which what follows imports from

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402
from django.conf import settings  # noqa: E402

from console.live.socket_auth import OriginOrToken  # noqa: E402
from console.live.sockets import routes  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": OriginOrToken(SessionMiddlewareStack(URLRouter(routes)), settings.CALLBOARD_ORIGINS),
    }
)
