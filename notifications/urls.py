from django.urls import path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("notifications/", views.notice_list, name="list"),
    path("notifications/done/", views.mark_done, name="done"),
    path("notifications/undo/", views.undo_done, name="undo"),
    path("notifications/done-all/", views.mark_all_done, name="done_all"),
    path("notifications/mail/", views.mail, name="mail"),
]
