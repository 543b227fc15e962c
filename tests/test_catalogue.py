"""The catalogue's lines agree with each other and with the rules of the vendor's URLs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from django_tim import catalogue
from django_tim.catalogue import BY_PATH, Effect, Endpoint, Keyed, Repeatable

LINES = list(catalogue.endpoints())


def test_it_has_every_endpoint_of_the_rest_api() -> None:
    assert len(LINES) == 173
    assert len({endpoint.path for _, endpoint in LINES}) == 173


def test_old_names_lead_to_the_new_ones() -> None:
    assert BY_PATH["group_open_http_svc/get_group_shutted_uin"] is catalogue.GROUP_MEMBER_MUTED
    assert BY_PATH["openim/querystate"] is catalogue.ACCOUNT_ONLINE_STATUS
    assert len(BY_PATH) == 175


@pytest.mark.parametrize(("name", "endpoint"), LINES, ids=[name for name, _ in LINES])
def test_a_line_is_sound(name: str, endpoint: Endpoint[Any]) -> None:
    assert re.fullmatch(r"[A-Z][A-Z_]+", name)
    assert re.fullmatch(r"[A-Za-z_]+/[A-Za-z_0-9]+", endpoint.path)
    assert 1 <= endpoint.qps <= 200
    assert not (endpoint.doc and endpoint.doc_china)
    if endpoint.batch:
        assert 1 <= endpoint.batch.cap <= 1000
    if endpoint.effect is Effect.READ:
        assert endpoint.repeatable is Repeatable.YES
    if isinstance(endpoint.repeatable, Keyed):
        assert endpoint.repeatable.fields


def test_what_sends_a_message_is_not_repeated_blindly() -> None:
    for endpoint in (
        catalogue.MESSAGE_SEND,
        catalogue.MESSAGE_SEND_MANY,
        catalogue.GROUP_NOTIFICATION_SEND,
        catalogue.LIVE_BROADCAST,
        catalogue.GROUP_CREATE,
    ):
        assert endpoint.repeatable is Repeatable.NO
    assert catalogue.GROUP_MESSAGE_SEND.repeatable == Keyed(("Random",), 300)


def test_the_page_of_a_line() -> None:
    assert (
        catalogue.GROUP_LIST.doc_url == "https://www.tencentcloud.com/document/product/1047/34960"
    )
    assert catalogue.GROUP_SEARCH.doc_url == "https://cloud.tencent.com/document/product/269/114549"
