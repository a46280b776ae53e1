import unicodedata


def folded(name: str) -> str:
    """Return what makes two column names the same, however they are typed."""
    return unicodedata.normalize("NFC", name).strip().casefold()
