from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """An app only so that its templates and translations are found."""

    name = "config"
