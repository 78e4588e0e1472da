"""What the database knows of the vocabularies."""

from django.db import models


class KnownCodes(models.Model):
    """The codes of a vocabulary, as its file says: the database checks columns of codes by it."""

    vocabulary = models.CharField(max_length=40, primary_key=True)
    codes = models.JSONField()

    def __str__(self) -> str:
        return self.vocabulary
