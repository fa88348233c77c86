"""The accounts and the notice that there are at the start."""

from django.contrib.auth.models import Permission, User
from django.core.management import call_command

from notices.models import Notice


def fill() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    User.objects.create_superuser("root", "root@shop.example", "granite-harbor-7719-plum")
    # On the staff, so the admin lets her in; of the users, groups and everything else she sees nothing.
    alice = User.objects.create_user("alice", "alice@shop.example", "violet-anchor-1842-mango", is_staff=True)
    alice.user_permissions.set(Permission.objects.filter(codename__in=["view_notice", "change_notice"]))
    Notice.objects.create(text="The store room is open from nine.")
