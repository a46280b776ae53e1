"""Telling the open pages of a person that what they are notified of has changed."""

import uuid
from collections.abc import Iterable

from console.live.announcer import announce_to, person_group
from console.live.rounds import Rounds
from console.live.watched import Watched


def tell_people(user_ids: Iterable[uuid.UUID]) -> None:
    """Have the pages of these people look again. Returns at once; never raises."""
    announce_to(user_ids)


class PersonFeed(Rounds):
    """Counts how often a person's notifications have changed, for all pages that they have open."""

    def __init__(self, user_id: uuid.UUID) -> None:
        super().__init__(person_group(user_id))


person_feeds = Watched(PersonFeed)
