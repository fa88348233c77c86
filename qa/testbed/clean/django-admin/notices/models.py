"""What hangs on the board in the back office."""

from django.db import models


class Notice(models.Model):
    text = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.text
