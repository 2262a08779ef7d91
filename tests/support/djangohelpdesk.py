"""django-helpdesk, a ticketing system that nobody here wrote: reads letters, says what it has.

Run as a program: one raw letter a file on its command line; JSON on standard output.
"""

import json
import logging
import sys
from pathlib import Path
from types import ModuleType

import django
from django.conf import settings
from django.core.management import call_command

APPS = (
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "rest_framework",
    "helpdesk",
)


def main(paths: list[str]) -> None:
    settings.configure(
        INSTALLED_APPS=APPS,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        HELPDESK_DEFAULT_SETTINGS={},
        HELPDESK_TEAMS_MODE_ENABLED=False,
        MEDIA_ROOT=Path(paths[0]).parent / "media",
        MIGRATION_MODULES={"helpdesk": None},  # its teams are an extra of their own
        ROOT_URLCONF="desk_urls",
        SITE_ID=1,
        SECRET_KEY="nothing is kept",
        USE_TZ=True,
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
    )
    django.setup()
    from django.urls import include, path

    urls = ModuleType("desk_urls")
    urls.urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
    sys.modules["desk_urls"] = urls
    call_command("migrate", run_syncdb=True, verbosity=0)
    from helpdesk.email import extract_email_metadata
    from helpdesk.models import FollowUp, Queue, Ticket

    queue = Queue.objects.create(
        title="PEP's",
        slug="peps",
        email_address="support@mairie-exemple.fr",
        allow_email_submission=True,
    )
    for name in paths:
        letter = Path(name).read_text(encoding="utf-8")
        extract_email_metadata(letter, queue, logging.getLogger("helpdesk"))
    told = {
        "tickets": [
            {"title": one.title, "description": one.description} for one in Ticket.objects.all()
        ],
        "followups": [one.comment or "" for one in FollowUp.objects.all()],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
