"""What is shipped, and what holds for all of it."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command

from django_tim.client.area import Area
from django_tim.client.tim import Tim

ROOT = Path(__file__).resolve().parent.parent
AREAS: dict[str, type[Area]] = inspect.get_annotations(Tim, eval_str=True)
METHODS = {
    f"{area}.{name}": method
    for area, kind in AREAS.items()
    for name, method in inspect.getmembers(kind, inspect.isfunction)
    if not name.startswith("_")
}
# Arguments that say what a method is about; all others have to be named.
MOST_SUBJECTS = 3


def test_the_wheel_holds_all_that_is_no_module(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT / "django_tim", source / "django_tim")
    for name in ("setup.cfg", "pyproject.toml", "README.rst", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "from setuptools.build_meta import build_wheel; build_wheel(%r)"
    subprocess.run([sys.executable, "-c", build % str(tmp_path)], cwd=source, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    kinds = {".html", ".css", ".js", ".json", ".po", ".mo", ".typed", ".py"}
    wanted = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "django_tim").rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }
    assert wanted <= held
    assert not {name.split("/")[0] for name in held} & {"tests", "benchmarks", "docs"}
    assert not {name for name in held if name.startswith("example_project")}


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    out = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=out)
    assert "No changes" in out.getvalue()


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_annotated_documented_and_named_after_its_subject(name: str) -> None:
    method = METHODS[name]
    signature = inspect.signature(method)
    parameters = list(signature.parameters.values())[1:]
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(one.annotation is not inspect.Parameter.empty for one in parameters)
    assert inspect.getdoc(method)
    positional = [one for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert len(positional) <= MOST_SUBJECTS
    assert all(one.default is one.empty for one in positional), "a subject has no default"
    named = [one.name for one in parameters if one.kind is not one.VAR_KEYWORD]
    assert named[-1] == "extra"


def _actions() -> list[tuple[str, Any]]:
    return [
        (f"{type(model_admin).__name__}.{action}", getattr(model_admin, str(action), action))
        for model_admin in admin.site._registry.values()
        if type(model_admin).__module__.startswith("django_tim")
        for action in model_admin.actions or ()
    ]


def test_every_admin_action_asks_for_a_permission() -> None:
    actions = _actions()
    assert actions
    assert {
        name for name, action in actions if not getattr(action, "allowed_permissions", ())
    } == set()
