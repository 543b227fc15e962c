"""The exported documents: valid, whole, without a secret, and true to what is sent."""

from __future__ import annotations

import json
import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import CommandError, call_command
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from django_tim.catalogue import endpoints
from django_tim.client.config import AppConfig
from django_tim.exports import openapi, postman, snippets
from django_tim.exports.checking import findings
from django_tim.exports.lines import lines
from django_tim.exports.requests import query_words, request_schema
from django_tim.exports.titles import CHINESE
from django_tim.samples import Sample, samples
from tests.conftest import APP
from tests.samples.world import SECRET

SAMPLES = list(samples().values())
LINES = dict(endpoints())


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi()


def test_the_openapi_document_is_valid(document: dict[str, Any]) -> None:
    validate(document, cls=OpenAPIV31SpecValidator)


def test_it_has_every_endpoint_once(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {f"/v4/{one.path}" for one in LINES.values()}
    ids = [path["post"]["operationId"] for path in document["paths"].values()]
    assert sorted(ids) == sorted(name.lower() for name in LINES)


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_its_examples_fit_its_schemas(document: dict[str, Any], sample: Sample) -> None:
    operation = document["paths"][f"/v4/{sample.endpoint.path}"]["post"]
    sent = operation["requestBody"]["content"]["application/json"]
    answered = operation["responses"]["200"]["content"]["application/json"]
    assert (sent["example"], answered["example"]) == (sample.request, sample.answer)
    for content in (sent, answered):
        whole = {**content["schema"], "components": document["components"]}
        jsonschema.validate(content["example"], whole)


def test_a_request_has_the_fields_of_the_arguments_and_their_words() -> None:
    schema = request_schema(samples()["GROUP_CREATE"])
    assert schema["required"] == ["Type", "Name"]
    assert schema["properties"]["ApplyJoinOption"] == {
        "enum": ["FreeAccess", "NeedPermission", "DisableApply"]
    }
    assert schema["properties"]["SupportTopic"] == {"type": "integer"}  # no sample has it
    assert schema["properties"]["MemberList"]["items"]["required"] == ["Member_Account"]
    sent = request_schema(samples()["MESSAGE_SEND"])
    assert {"From_Account", "MsgLifeTime", "OfflinePushInfo"} <= set(sent["properties"])
    assert not {"From_Account", "MsgLifeTime", "OfflinePushInfo"} & set(sent["required"])


def test_an_answer_has_the_shape_of_its_type(document: dict[str, Any]) -> None:
    page = document["components"]["schemas"]["GroupPage"]
    assert {"TotalCount", "GroupIdList", "ErrorCode"} <= set(page["required"])
    assert "Next" not in page["required"]


def test_the_postman_collection() -> None:
    collection = postman()
    assert collection["info"]["schema"].endswith("/v2.1.0/collection.json")
    items = [item for folder in collection["item"] for item in folder["item"]]
    assert len(items) == len(LINES)
    for item, line in zip(items, sorted(lines(), key=_folder(collection)), strict=True):
        url = item["request"]["url"]
        assert "/".join(url["path"]) == f"v4/{line.endpoint.path}"
        assert url["raw"].startswith(
            f"{{{{host}}}}/v4/{line.endpoint.path}?sdkappid={{{{sdkappid}}}}&"
        )
        assert url["raw"].endswith("&random={{random}}&contenttype=json")
        if line.sample:
            assert json.loads(item["request"]["body"]["raw"]) == line.sample.request
            assert json.loads(item["response"][0]["body"]) == line.sample.answer
    names = {one["key"] for one in collection["variable"]}
    assert names == {"host", "sdkappid", "identifier", "usersig"}


@pytest.mark.parametrize("format", ["openapi", "postman"])
def test_the_command_writes_a_document_without_a_secret(format: str, tmp_path: Path) -> None:
    out, file = StringIO(), tmp_path / "api.json"
    call_command("tim_export_api", format=format, stdout=out)
    call_command("tim_export_api", format=format, output=file)
    assert json.loads(out.getvalue()) == json.loads(file.read_text("utf-8"))
    assert not any(secret in out.getvalue() for secret in (APP["SECRET_KEY"], SECRET))


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="raml"):
        call_command("tim_export_api", "--format", "raml")
    with pytest.raises(CommandError, match="can't be written"):
        call_command("tim_export_api", format="openapi", output=tmp_path / "no" / "folder")


def _folder(collection: dict[str, Any]) -> Any:
    names = [folder["name"] for folder in collection["item"]]
    return lambda line: names.index(line.area)


def test_no_sample_is_found_at_fault() -> None:
    found = {name: findings(name, sample.request) for name, sample in samples().items()}
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_what_does_not_fit_a_request_is_found() -> None:
    body = {"Type": "Club", "Name": 5, "Colour": "red", "MemberList": [{"Member_Account": True}]}
    found = {(one.field, one.kind) for one in findings("GROUP_CREATE", body)}
    assert found == {
        ("Type", "word"),
        ("Name", "type"),
        ("Colour", "unknown"),
        ("MemberList[0].Member_Account", "type"),
    }
    assert [one.kind for one in findings("GROUP_CREATE", {"Type": "Public"})] == ["missing"]


def test_what_a_url_takes_is_in_every_export(document: dict[str, Any]) -> None:
    operation = document["paths"]["/v4/ConfigSvc/GetIPList"]["post"]
    (own,) = [one for one in operation["parameters"] if "name" in one]
    assert (own["name"], own["in"], own["schema"]["enum"]) == ("nettype", "query", [*"0123456"])
    items = [item for folder in postman()["item"] for item in folder["item"]]
    (asked,) = [item for item in items if item["name"].startswith("GetIPList:")]
    assert asked["request"]["url"]["query"][-1]["key"] == "nettype"
    assert [name for name in LINES if query_words(name)] == ["IP_LIST"]


def test_snippets_have_what_stands_in_the_url() -> None:
    config, query = AppConfig(sdk_app_id=1400000000), {"nettype": "5"}
    assert "&contenttype=json&nettype=5" in snippets.curl(config, LINES["IP_LIST"], {}, query)
    source = snippets.python("IP_LIST", {}, "default", query)
    compile(source, "IP_LIST", "exec")
    assert "query={'nettype': '5'}," in source
    words = shlex.split(snippets.command("IP_LIST", {}, "default", query))
    assert words[2:] == ["tim_call", "IP_LIST", "--query", "nettype=5", "--data", "{}"]


def test_every_endpoint_has_a_title_in_chinese() -> None:
    assert list(CHINESE) == list(LINES)
    assert all(re.search("[\u4e00-\u9fff]", title) for title in CHINESE.values())


def test_python_snippets_are_python() -> None:
    for name, sample in samples().items():
        compile(snippets.python(name, sample.request, "default"), name, "exec")
        compile(snippets.method(sample, "default"), name, "exec")


def test_a_shell_reads_the_snippets_as_they_were_meant() -> None:
    config = AppConfig(sdk_app_id=1400000000, admin='a"$(id)`b')
    body = {"Name": 'it\'s "$HOME" `id`'}
    endpoint = samples()["GROUP_CREATE"].endpoint
    words = shlex.split(snippets.curl(config, endpoint, body).replace("\\\n", ""))
    assert json.loads(words[-1]) == body
    assert words[4].count("$") == 2
    assert "usersig=$USERSIG" in words[4]
    assert json.loads(shlex.split(snippets.command("GROUP_CREATE", body, "my app"))[-1]) == body
