"""One listener a watched project and process: it gathers which runs have changed, for all open lists."""

import uuid
from collections import deque

from console.live.announcer import project_group
from console.live.hints import Hint
from console.live.rounds import Rounds
from console.live.watched import Watched

_ROUNDS_KEPT = 64

#: Public ids of runs; None stands for more than can be named.
Changed = frozenset[str] | None


class ProjectFeed(Rounds):
    """Knows for each of the last rounds which runs changed in it."""

    def __init__(self, project_id: uuid.UUID) -> None:
        super().__init__(project_group(project_id))
        self._rounds: deque[Changed] = deque(maxlen=_ROUNDS_KEPT)

    def since(self, position: int) -> Changed:
        """Return what has changed behind a round."""
        missed = self.round - position
        rounds = list(self._rounds)[-missed:] if missed else []
        if missed > len(rounds) or any(changed is None for changed in rounds):
            return None
        return frozenset().union(*(changed for changed in rounds if changed))

    def _gather(self, hints: list[Hint]) -> None:
        self._rounds.append(_merged(hints))


def _merged(hints: list[Hint]) -> Changed:
    found: set[str] = set()
    for hint in hints:
        runs = hint.get("runs")
        if not isinstance(runs, list):
            return None
        found.update(map(str, runs))
    return frozenset(found)


project_feeds = Watched(ProjectFeed)
