"""What could not be measured here, told at once and again at the end."""

SKIPPED: list[str] = []


def skip(reason: str) -> None:
    SKIPPED.append(reason)
    print(f"SKIPPED {reason}", flush=True)
