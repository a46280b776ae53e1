"""The bell's page: what one is notified of, the newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from console.access import Permission
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.notifications.reading import mark_read, notifications_for
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page

UNREAD = "unread"


@require_safe
@page()
def index(request: PlacedRequest) -> HttpResponse:
    rows = notifications_for(request.place.actor).select_related("project")
    is_unread = request.GET.get("show") == UNREAD
    found = page_of(rows.filter(read_at=None) if is_unread else rows, cursor=request.GET.get("cursor"))
    context = {
        "notifications": found.items,
        "pager": pager_of(found, request.GET, "notification"),
        "is_unread": is_unread,
        "has_unread": any(row.read_at is None for row in found.items),
        "has_projects": len(request.place.projects) > 1,
    }
    return render(request, "notifications/index.html", context)


@require_POST
@page(Permission.RUN)
def read(request: PlacedRequest) -> HttpResponse:
    mark_read(actor=request.place.actor)
    return see_other("notifications")


@require_POST
@page(Permission.RUN)
def follow(request: PlacedRequest, notification_id: str) -> HttpResponse:
    """Mark a notification as read and go where it points."""
    notification = by_public_id(notifications_for(request.place.actor), notification_id)
    mark_read(actor=request.place.actor, notifications=[notification])
    is_ours = url_has_allowed_host_and_scheme(notification.url, allowed_hosts=None)
    return see_other(notification.url if is_ours else "notifications")
