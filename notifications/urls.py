from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("notifications/", views.notice_list, name="list"),
    path("notifications/done/", views.mark_all_done, name="done_all"),
    path("notifications/<int:pk>/done/", views.mark_done, name="done"),
]
