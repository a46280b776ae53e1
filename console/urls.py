from django.contrib import admin
from django.urls import path

from console.api.root import api
from console.views import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("healthz", health.healthz, name="healthz"),
]
