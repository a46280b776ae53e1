import pytest

from console.embedded.home import Home


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """Files and cache of this test alone."""
    settings.CALLBOARD_HOME = Home(tmp_path / "home")
    settings.MEDIA_ROOT = tmp_path / "home" / "files"
    return settings.CALLBOARD_HOME
