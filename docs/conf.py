"""Sphinx: ``make docs``. The pages of the endpoints are written at every build."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_tim"]
)
django.setup()

import callback_events  # noqa: E402
import endpoint_pages  # noqa: E402

from django_tim import __version__  # noqa: E402

project = "django-tim"
author = "The django-tim authors"
project_copyright = author
release = version = __version__
extensions = ["sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"django-tim {release}"
nitpicky = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 88


def setup(app: Any) -> None:
    app.connect("builder-inited", lambda app: endpoint_pages.write(HERE / "endpoints"))
    app.connect("builder-inited", lambda app: callback_events.write(HERE / "callback_events.inc"))
