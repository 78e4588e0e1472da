from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, pagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from coordination import cursors


class CursorPagination(pagination.CursorPagination):
    """By key, which every model has; never counted, and never shown."""

    ordering = "pk"
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100

    def encode_cursor(self, cursor: pagination.Cursor) -> str:
        place = [cursor.offset, cursor.reverse, cursor.position]
        url: str = replace_query_param(
            str(self.base_url), self.cursor_query_param, cursors.seal(place)
        )
        return url

    def decode_cursor(self, request: Request) -> Any:
        text = request.query_params.get(self.cursor_query_param)
        if not text:
            return None
        try:
            return pagination.Cursor(*cursors.unseal(text))
        except cursors.BadCursor:
            raise exceptions.NotFound(_("Start from the first page.")) from None
