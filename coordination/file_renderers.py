"""Answers of the API that are files, by `?format=` or `Accept`."""

from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer

from coordination.spreadsheets import TYPES


class _File(BaseRenderer):
    """Bytes as they are; a refusal is JSON whatever was asked for."""

    render_style = "binary"
    charset = None

    def render(self, data: Any, *_args: Any, **_kwargs: Any) -> bytes:
        return data if isinstance(data, bytes) else bytes(JSONRenderer().render(data))


class CsvRenderer(_File):
    media_type = "text/csv"
    format = "csv"


class WorkbookRenderer(_File):
    media_type = TYPES["xlsx"]
    format = "xlsx"
