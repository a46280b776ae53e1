from tests.console.api.conftest import api

__all__ = ["api"]
