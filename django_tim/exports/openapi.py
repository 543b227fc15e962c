"""The API as an OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_tim import __version__
from django_tim.answers import Envelope
from django_tim.conf_values import REGIONS
from django_tim.schemas import Schemas

from .lines import Line, lines, repeatable
from .requests import query_words, request_schema

Document = dict[str, Any]

_ABOUT = (
    "Every call is a POST whose body is a JSON object, {} at least. Who calls stands in the URL, "
    "so URLs are to be kept out of logs. HTTP 200 says nothing: judge by ErrorCode."
)
_QUERY = {
    "sdkappid": ("The app's SDKAppID.", {"type": "integer"}),
    "identifier": ("The UserID of an app administrator.", {"type": "string"}),
    "random": (
        "Another number for every call.",
        {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    ),
    "contenttype": ("", {"const": "json"}),
}


def openapi() -> Document:
    """The document, ready for ``json.dumps``."""
    schemas = Schemas("#/components/schemas/", closed=False)
    paths = {f"/v4/{line.endpoint.path}": {"post": _operation(line, schemas)} for line in lines()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tencent Cloud IM REST API v4",
            "version": __version__,
            "description": _ABOUT,
        },
        "servers": [{"url": url, "description": name} for name, (url, _) in REGIONS.items()],
        "security": [{"usersig": []}],
        "tags": [{"name": name} for name in dict.fromkeys(line.area for line in lines())],
        "paths": paths,
        "components": {
            "securitySchemes": {"usersig": {"type": "apiKey", "in": "query", "name": "usersig"}},
            "parameters": {name: _parameter(name) for name in _QUERY},
            "schemas": schemas.definitions,
        },
    }


def _parameter(name: str) -> Document:
    text, schema = _QUERY[name]
    return {"name": name, "in": "query", "required": True, "description": text, "schema": schema}


def _own_parameter(name: str, words: Mapping[str, str]) -> Document:
    """A parameter that one endpoint has."""
    text = ", ".join(f"{value}: {word}" for value, word in words.items())
    schema = {"type": "string", "enum": list(words)}
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def _operation(line: Line, schemas: Schemas) -> Document:
    endpoint, sample = line.endpoint, line.sample
    answer = schemas.of(endpoint.answer)
    refused = schemas.of(Envelope)
    operation: Document = {
        "operationId": line.name.lower(),
        "summary": line.title,
        "description": f"{line.text}\n\n{line.facts}".strip(),
        "tags": [line.area],
        "parameters": [
            *({"$ref": f"#/components/parameters/{name}"} for name in _QUERY),
            *(_own_parameter(name, words) for name, words in query_words(line.name).items()),
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": _content(_request(line), sample and sample.request)},
        },
        "responses": {
            "200": {
                "description": "The answer, or an ErrorCode that is not 0.",
                "content": {
                    "application/json": _content(
                        answer if answer == refused else {"anyOf": [answer, refused]},
                        sample and sample.answer,
                    )
                },
            }
        },
        "x-effect": endpoint.effect.value,
        "x-calls-per-second": endpoint.qps,
        "x-repeatable": repeatable(endpoint),
    }
    if endpoint.batch:
        operation["x-batch"] = {"field": endpoint.batch.field, "cap": endpoint.batch.cap}
    if endpoint.doc_url:
        operation["externalDocs"] = {"url": endpoint.doc_url}
    return operation


def _request(line: Line) -> Document:
    return request_schema(line.sample) if line.sample else {"type": "object"}


def _content(schema: Document, example: Any) -> Document:
    return {"schema": schema} | ({} if example is None else {"example": example})
