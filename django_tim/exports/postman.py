"""The API as a Postman collection, v2.1: a folder an area, with the samples as examples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from django_tim.conf_values import REGIONS

from .lines import Line, lines
from .requests import query_words

Document = dict[str, Any]

_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_JSON = [{"key": "Content-Type", "value": "application/json"}]
_QUERY = {
    "sdkappid": "{{sdkappid}}",
    "identifier": "{{identifier}}",
    "usersig": "{{usersig}}",
    "random": "{{random}}",
    "contenttype": "json",
}
_ABOUT = (
    "Fill in the variables sdkappid, identifier (an app administrator) and usersig, which "
    "belongs to that administrator; host is that of the app's data centre."
)
# Postman's own {{$randomInt}} ends at 1000; the service takes unsigned 32-bit integers.
_BEFORE = "pm.variables.set('random', Math.floor(Math.random() * 4294967296));"


def postman() -> Document:
    """The collection, ready for ``json.dumps``."""
    folders: dict[str, list[Document]] = {}
    for line in lines():
        folders.setdefault(line.area, []).append(_item(line))
    return {
        "info": {
            "_postman_id": str(uuid5(NAMESPACE_URL, _SCHEMA)),
            "name": "Tencent Cloud IM REST API v4",
            "description": _ABOUT,
            "schema": _SCHEMA,
        },
        "item": [{"name": name, "item": items} for name, items in folders.items()],
        "event": [
            {"listen": "prerequest", "script": {"type": "text/javascript", "exec": [_BEFORE]}}
        ],
        "variable": [
            {"key": "host", "value": REGIONS["china"][0], "type": "string"},
            *({"key": key, "value": "", "type": "string"} for key in list(_QUERY)[:3]),
        ],
    }


def _item(line: Line) -> Document:
    request = _request(line)
    item: Document = {"name": f"{line.endpoint.command}: {line.title}", "request": request}
    if line.sample:
        answer = {
            "name": "Sample",
            "originalRequest": request,
            "status": "OK",
            "code": 200,
            "_postman_previewlanguage": "json",
            "header": _JSON,
            "body": _shown(line.sample.answer),
        }
        item["response"] = [answer]
    return item


def _request(line: Line) -> Document:
    endpoint = line.endpoint
    body = _shown(line.sample.request if line.sample else {})
    links = [f"[Page]({endpoint.doc_url})"] if endpoint.doc_url else []
    return {
        "method": "POST",
        "description": "\n\n".join([line.text, line.facts, *links]).strip(),
        "header": _JSON,
        "url": {
            "raw": f"{{{{host}}}}/v4/{endpoint.path}?{urlencode(_QUERY, safe='{}')}",
            "host": ["{{host}}"],
            "path": ["v4", *endpoint.path.split("/")],
            "query": [
                *({"key": key, "value": value} for key, value in _QUERY.items()),
                *(_to_tick(key, words) for key, words in query_words(line.name).items()),
            ],
        },
        "body": {"mode": "raw", "raw": body, "options": {"raw": {"language": "json"}}},
    }


def _to_tick(key: str, words: Mapping[str, str]) -> Document:
    """A parameter that one endpoint has, left out until it is ticked."""
    text = ", ".join(f"{value}: {word}" for value, word in words.items())
    return {"key": key, "value": next(iter(words)), "description": text, "disabled": True}


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
