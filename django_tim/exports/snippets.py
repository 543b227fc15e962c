"""One call, written down to be made elsewhere: by curl, in Python, by a management command.

None of them holds a signature: curl's has ``$USERSIG``, which the shell fills in.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pprint import pformat
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from django_tim.catalogue import Endpoint
from django_tim.client.config import AppConfig
from django_tim.samples import Sample

WIDTH = 88
Query = Mapping[str, str]
"""What stands in the URL beyond what every call has there."""
_NONE: Query = MappingProxyType({})


def url(config: AppConfig, endpoint: Endpoint[Any], query: Query = _NONE) -> str:
    """Where the call goes, with the shell's variables for what must not be shown."""
    return (
        f"{config.base_url}/v4/{endpoint.path}?sdkappid={config.sdk_app_id}"
        f"&identifier={quote(config.admin, safe='')}&usersig=$USERSIG&random=$RANDOM"
        "&contenttype=json" + "".join(f"&{name}={quote(one)}" for name, one in query.items())
    )


def curl(
    config: AppConfig, endpoint: Endpoint[Any], body: Mapping[str, Any], query: Query = _NONE
) -> str:
    """A command for a shell in which USERSIG is set."""
    return (
        f'curl -sS -X POST "{url(config, endpoint, query)}" \\\n'
        f"  -H 'Content-Type: application/json' \\\n"
        f"  --data-raw {shlex.quote(_compact(body))}"
    )


def command(name: str, body: Mapping[str, Any], alias: str, query: Query = _NONE) -> str:
    """A management command of ours."""
    app = f" --app {shlex.quote(alias)}" if alias != "default" else ""
    asked = "".join(f" --query {shlex.quote(f'{one}={query[one]}')}" for one in query)
    return f"python manage.py tim_call {name}{app}{asked} --data {shlex.quote(_compact(body))}"


def python(name: str, body: Mapping[str, Any], alias: str, query: Query = _NONE) -> str:
    """The call of an endpoint by its name in the catalogue."""
    asked = f"    query={dict(query)!r},\n" if query else ""
    return (
        "from django_tim import catalogue\n"
        "from django_tim.connection import tims\n\n"
        f"answer = tims[{alias!r}].call(\n"
        f"    catalogue.{name},\n"
        f"{_indented(pformat(dict(body), width=WIDTH - 4, sort_dicts=False))},\n"
        f"{asked})"
    )


def method(sample: Sample, alias: str) -> str:
    """The call of the method that an endpoint has, with the sample's arguments."""
    given = [pformat(value, width=WIDTH - 4, sort_dicts=False) for value in sample.args]
    given += [
        f"{name}={pformat(value, width=WIDTH - 4, sort_dicts=False)}"
        for name, value in sample.kwargs.items()
    ]
    arguments = "".join(f"{_indented(one)},\n" for one in given)
    called = f"tims[{alias!r}].{sample.call}"
    lines = f"{called}(\n{arguments})" if arguments else f"{called}()"
    return f"from django_tim.connection import tims\n\nresult = {lines}"


def _compact(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
