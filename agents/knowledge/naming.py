"""What a source, a document, a memory or an entry may be called."""

from collections.abc import Iterator

from agents.knowledge.limits import LONGEST_DESCRIPTION, LONGEST_KEY, LONGEST_NAME, LONGEST_TAG, MOST_TAGS
from console.errors import Problem
from console.storable import unstorable


def name_problems(name: str, what: str) -> list[Problem]:
    if not 1 <= len(name) <= LONGEST_NAME:
        return [Problem(f"Give the {what} a name of at most {LONGEST_NAME} characters.", "name")]
    return list(unstorable({"name": name}))


def description_problems(description: str) -> list[Problem]:
    if len(description) > LONGEST_DESCRIPTION:
        return [Problem(f"Use at most {LONGEST_DESCRIPTION:,} characters.", "description")]
    return list(unstorable({"description": description}))


def key_problems(key: str) -> list[Problem]:
    if len(key) > LONGEST_KEY:
        return [Problem(f"Use a key of at most {LONGEST_KEY} characters.", "key")]
    return list(unstorable({"key": key}))


def tag_problems(tags: list[str]) -> Iterator[Problem]:
    """Yield what is wrong with tags that were cleaned."""
    if len(tags) > MOST_TAGS:
        yield Problem(f"Use at most {MOST_TAGS} tags. These are {len(tags):,}.", "tags")
        return
    for place, tag in enumerate(tags):
        if len(tag) > LONGEST_TAG:
            yield Problem(f"Use at most {LONGEST_TAG} characters for a tag.", "tags", place)
    yield from unstorable({"tags": tags})
