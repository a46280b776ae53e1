"""Who may open a page at all."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from console.access import Permission, require
from console.errors import NotAllowed
from console.session import PlacedRequest

View = Callable[..., HttpResponseBase]


def page(permission: Permission = Permission.VIEW) -> Callable[[View], View]:
    """Let a view be opened by whoever is signed in and holds a permission in the present project.

    Others are sent to sign in, or told that their role does not allow it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            placed = cast("PlacedRequest", request)
            if placed.place is None:  # type: ignore[redundant-expr,unused-ignore]
                raise NotAllowed("You are not a member of any project yet. An organization admin can add you.")
            require(placed.place.actor, permission, project_id=placed.place.project.pk)
            return view(placed, *args, **kwargs)

        return guarded

    return decorate
