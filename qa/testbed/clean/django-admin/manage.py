"""Django's own commands, such as `python manage.py check --deploy`."""

import os
import sys

sys.dont_write_bytecode = True

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    execute_from_command_line(sys.argv)
