"""What this process tells its sockets, forgotten between tests: each has a loop of its own, and so hubs of its own."""

import asyncio

from asgiref.sync import sync_to_async
from django.db import connections

from console.live import feed, hub
from console.live.images import image_feeds
from console.live.people import person_feeds


def forget_hubs() -> None:
    """Forget all hubs, and close the connections that Channels' communicator leaves open."""
    for hubs in (hub.run_hubs, feed.project_feeds, person_feeds, image_feeds):
        hubs._hubs.clear()
    asyncio.run(sync_to_async(connections.close_all)())
