"""The pages about what people are told."""

from django.urls import path

from console.views import notifications, settings_notifications

urlpatterns = [
    path("notifications", notifications.index, name="notifications"),
    path("notifications/read", notifications.read, name="notifications-read"),
    path("notifications/<str:notification_id>/open", notifications.follow, name="notification-open"),
    path("settings/notifications", settings_notifications.show, name="settings-notifications"),
    path("settings/notifications/choice", settings_notifications.choose, name="settings-notifications-choice"),
    path("settings/notifications/webhook", settings_notifications.webhook, name="settings-webhook"),
    path("settings/notifications/webhook/remove", settings_notifications.remove, name="settings-webhook-remove"),
    path("settings/notifications/webhook/test", settings_notifications.test, name="settings-webhook-test"),
]
