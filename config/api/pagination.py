from rest_framework import pagination


class CursorPagination(pagination.CursorPagination):
    """By key, which every model has; never counted."""

    ordering = "pk"
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
