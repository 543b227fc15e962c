"""Every list and page in Simplified Chinese: nothing is left in English, and all fits a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from django_tim.models import Account, Group, GroupMember, Restriction, Run
from django_tim.services import restrictions
from django_tim.simulator import Simulator

from .conftest import Look, Visit

# Three English words in a row are a sentence that was not translated.
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b", re.IGNORECASE)

AT_ONCE = ("sync_selected", "sync_members_of_selected", "export_person")
DOING_AT_ONCE = ", ".join(f":has([name=action][value={name}])" for name in AT_ONCE)
# A button of the page before, which need not be loaded again for each of them.
PRESS = """(form) => {
    document.body.insertAdjacentHTML("beforeend", form);
    const added = document.body.lastElementChild;
    added.requestSubmit(added.querySelector("button"));
}"""


@pytest.fixture
def reader(visit: Visit, mirror: Simulator) -> Any:
    """A page of somebody who reads Chinese."""
    restrictions.mute("user000003", seconds=3600, reason="广告")
    return visit(locale="zh-CN")


def lists() -> list[str]:
    from django.contrib import admin

    return sorted(
        str(model._meta.model_name)
        for model in admin.site._registry
        if model._meta.app_label == "django_tim"
    )


def english(page: Any) -> list[str]:
    """The sentences of a page that are no data."""
    text = page.evaluate(
        """() => {
            const page = document.body.cloneNode(true);
            const data = "pre, script, .visually-hidden, [lang=en], [name=action] option[value='']";
            page.querySelectorAll(data).forEach((part) => part.remove());
            const shown = [...page.querySelectorAll("[placeholder], [title], [aria-label]")];
            const said = shown.flatMap((part) => [part.placeholder, part.title, part.ariaLabel]);
            return page.innerText + "\\n" + said.join("\\n");
        }"""
    )
    return ENGLISH.findall(text)


def test_the_lists(reader: Any, look: Look) -> None:
    reader.goto("/admin/")
    reader.wait_for_selector("text=腾讯云即时通信 IM")
    assert english(reader) == []
    for name in lists():
        reader.goto(f"/admin/django_tim/{name}/")
        assert english(reader) == [], name
        look(reader)


def test_the_pages_of_rows(reader: Any, look: Look) -> None:
    rows = {
        "account": Account.objects.get(user_id="user000003"),
        "group": Group.objects.filter(type="Public").order_by("pk")[0],
        "groupmember": GroupMember.objects.order_by("pk")[0],
        "restriction": Restriction.objects.get(),
        "run": Run.objects.order_by("pk")[0],
    }
    for name, row in rows.items():
        reader.goto(f"/admin/django_tim/{name}/{row.pk}/change/")
        assert english(reader) == [], name
        look(reader, "person-zh") if name == "account" else look(reader)


def test_the_forms_of_all_actions(reader: Any, look: Look) -> None:
    pages = {
        "account": Account.objects.get(user_id="user000003"),
        "group": Group.objects.filter(type="Public").order_by("pk")[0],
    }
    for name, row in pages.items():
        reader.goto(f"/admin/django_tim/{name}/{row.pk}/change/")
        buttons = reader.locator(".object-tools form:has([name=action])")
        asking = buttons.and_(reader.locator(f"form:not({DOING_AT_ONCE})"))
        for button in asking.evaluate_all("(forms) => forms.map((form) => form.outerHTML)"):
            with reader.expect_navigation():
                reader.evaluate(PRESS, button)
            assert reader.locator("form.tim-form").count() == 1
            assert english(reader) == [], reader.title()
            look(reader)
