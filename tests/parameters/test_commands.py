"""Parameters through the whole command: nothing is written or sent that does not fit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers.hostile import HostileBroker
from tests.cli_updates.svcat import DRAFT_7, Svcat, ToldBroker, plan, schemas

RULES: dict[str, Any] = {
    "$schema": DRAFT_7,
    "type": "object",
    "properties": {
        "storage": {
            "type": "object",
            "properties": {
                "size_gb": {"type": "integer", "minimum": 10},
                "tier": {"enum": ["gold", "tin"]},
            },
            "required": ["size_gb"],
        },
        "backup": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "db_password": {"type": "string", "minLength": 8},
    },
    "additionalProperties": False,
}
BIND_RULES = {"$schema": DRAFT_7, "properties": {"read_only": {"type": "boolean"}}}


@pytest.fixture
def svcat(tmp_path: Path) -> Svcat:
    return Svcat(tmp_path)


@pytest.fixture
def broker(svcat: Svcat) -> Iterator[ToldBroker]:
    with HostileBroker() as hostile:
        made = schemas(create=RULES, bind=BIND_RULES)
        told = ToldBroker(hostile, [plan("small", schemas=made), plan("free-form")])
        svcat.run("register", "b", "--url", told.url)
        yield told


PROVISION = ("provision", "db", "--class", "thing", "--plan", "small")


def test_every_misfit_is_named_with_its_place_and_nothing_is_written_or_sent(
    svcat: Svcat, broker: ToldBroker
) -> None:
    (svcat.home / "params.yaml").write_text(
        "# ours\nstorage:\n  size_gb: 0\n  tier: silver\ntags: [a, 5]\n"
    )
    before = svcat.snapshot()

    done = svcat.run(*PROVISION, "--params-file", "params.yaml", "-p", "bakcup=true", code=2)

    assert done.err.splitlines() == [
        "error: 4 parameters do not fit plan thing/small",
        "  parameters.bakcup: is not known; did you mean backup? (-p bakcup)",
        "  parameters.storage.size_gb: 0 is below minimum 10 (params.yaml:3)",
        '  parameters.storage.tier: "silver" is none of "gold", "tin" (params.yaml:4)',
        "  parameters.tags[1]: 5 is not text (params.yaml:5)",
        "hint: what there is: svcat explain thing/small; --no-validate leaves it to the broker",
    ]
    assert svcat.snapshot() == before
    assert not broker.sent()


def test_one_misfit_is_the_message_itself(svcat: Svcat, broker: ToldBroker) -> None:
    words = ("--params-json", '{"storage": {"size_gb": 0}}', "-o", "json")

    done = svcat.run(*PROVISION, *words, code=2)

    message = "parameters.storage.size_gb: 0 is below minimum 10 (--params-json)"
    assert done.json["message"] == message
    assert f"error: {message}\n" in done.err


def test_several_misfits_are_details_for_scripts(svcat: Svcat, broker: ToldBroker) -> None:
    done = svcat.run(*PROVISION, "-p", "x=1", "-p", "backup=yes", "-o", "json", code=2)

    assert len(done.json["details"]) == 2
    assert not broker.sent()


def test_what_fits_is_sent_typed(svcat: Svcat, broker: ToldBroker) -> None:
    words = ("-p", "storage.size_gb=20", "-p", "backup=true", "-p", "tags=a", "-p", "tags=b")

    svcat.run(*PROVISION, *words)

    sent = broker.sent("PUT")[0].json["parameters"]
    assert sent == {"storage": {"size_gb": 20}, "backup": True, "tags": ["a", "b"]}
    assert "unchanged" in svcat.run(*PROVISION, *words).err


def test_a_plan_without_a_schema_takes_words_as_text(svcat: Svcat, broker: ToldBroker) -> None:
    svcat.run("provision", "db", "--class", "thing", "--plan", "free-form", "-p", "n=5")

    assert broker.sent("PUT")[0].json["parameters"] == {"n": "5"}


def test_no_validate_sends_it_all_the_same(svcat: Svcat, broker: ToldBroker) -> None:
    svcat.run(*PROVISION, "-p", "storage.size_gb=0", "-p", "x=1", "--no-validate")

    sent = broker.sent("PUT")[0].json["parameters"]
    assert sent == {"storage": {"size_gb": 0}, "x": "1"}


def test_files_words_and_secrets_are_one_object(svcat: Svcat, broker: ToldBroker) -> None:
    svcat.put_secret("s", {"json": '{"db_password": "canary-long-enough"}'})
    (svcat.home / "p.json").write_text('{"storage": {"size_gb": 10}}')

    words = ("-f", "p.json", "-p", "backup=true", "--secret", "s[json]")
    done = svcat.run(*PROVISION, *words)

    assert broker.sent("PUT")[0].json["parameters"] == {
        "storage": {"size_gb": 10},
        "backup": True,
        "db_password": "canary-long-enough",
    }
    assert "canary" not in done.out + done.err
    kept = (svcat.home / "data" / "svcat" / "local.db").read_bytes()
    assert kept.count(b"canary-long-enough") == 0  # the Secret itself is in base64


def test_a_value_from_a_secret_is_held_against_the_schema_but_not_shown(
    svcat: Svcat, broker: ToldBroker
) -> None:
    svcat.put_secret("s", {"json": '{"db_password": "canary", "backup": "canary-b"}'})

    done = svcat.run(*PROVISION, "--secret", "s[json]", code=2)

    assert "parameters.db_password: the value is shorter than 8 characters (Secret s[json])" in (
        done.err
    )
    assert "parameters.backup: the value is not true or false (Secret s[json])" in done.err
    assert "canary" not in done.err
    assert not broker.sent()


def test_a_name_in_a_secret_and_besides_is_a_conflict(svcat: Svcat, broker: ToldBroker) -> None:
    svcat.put_secret("s", {"json": '{"backup": true}'})

    done = svcat.run(*PROVISION, "--secret", "s[json]", "-p", "backup=true", code=2)

    assert "'backup' is given twice" in done.err
    assert not broker.sent()


@pytest.mark.parametrize(
    ("data", "secret", "code"),
    [
        (None, "s[json]", 5),
        ({"other": "{}"}, "s[json]", 5),
        ({"json": ""}, "s[json]", 2),
        ({"json": "canary"}, "s[json]", 2),
        ({"json": "[1]"}, "s[json]", 2),
        ({"json": "{}"}, "s[json]", 0),
        ({"backup": "canary"}, "s", 2),
    ],
    ids=["no-secret", "no-key", "empty", "not-json", "no-object", "empty-object", "whole"],
)
def test_secrets_that_hold_no_parameters_are_found_out_first(
    svcat: Svcat, broker: ToldBroker, data: dict[str, str] | None, secret: str, code: int
) -> None:
    if data is not None:
        svcat.put_secret("s", data)

    done = svcat.run(*PROVISION, "--secret", secret, code=code)

    assert "canary" not in done.err
    assert len(broker.sent("PUT")) == (0 if code else 1)
    if not code:
        assert "parameters" not in broker.sent("PUT")[0].json


@pytest.mark.parametrize(
    ("data", "code"),
    [(None, 5), ({"other": "{}"}, 5), ({"json": "bad"}, 2), ({"json": "{}"}, 0)],
    ids=["no-secret", "no-key", "not-json", "empty-object"],
)
def test_it_is_the_same_for_bindings(
    svcat: Svcat, broker: ToldBroker, data: dict[str, str] | None, code: int
) -> None:
    svcat.run(*PROVISION)
    before = svcat.snapshot()
    if data is not None:
        svcat.put_secret("s", data)
        before = svcat.snapshot()

    svcat.run("bind", "db", "--secret", "s[json]", code=code)

    assert len(broker.sent("PUT")) == (1 if code else 2)
    assert (svcat.snapshot() == before) == bool(code)


def test_standard_input_is_a_file_too(svcat: Svcat, broker: ToldBroker) -> None:
    svcat.run(*PROVISION, "--params-file", "-", stdin="backup: true\n")

    assert broker.sent("PUT")[0].json["parameters"] == {"backup": True}
    done = svcat.run(*PROVISION, "-f", "-", stdin="backup: no\n", code=2)
    assert "standard input:1" in done.err


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("-p", "a"), "there is no '='"),
    (("-p", "=b"), "no name"),
    (("-p", "a..b=1"), "an empty step"),
    (("-p", ".a=1"), "an empty step"),
    (("--params-json", "[1]"), "not a JSON object"),
    (("--params-json", "{"), "no JSON from character 2 on"),
    (("--params-json", "{size: 3}"), "no JSON from character 2 on"),
    (("--params-json", '{"a":1,"a":2}'), "'a' is given twice"),
    (("--params-json", "{}", "-p", "a=1"), "--params-json cannot be used with --param"),
    (("--params-file", "none.yaml"), "none.yaml: No such file"),
    (("-f", "-", "-f", "-"), "once only"),
    (("--secret", "a[b"), "invalid --secret"),
]


@pytest.mark.parametrize(("words", "text"), WRONG, ids=lambda v: str(v)[:40])
def test_words_that_are_no_parameters_are_usage_errors(
    svcat: Svcat, broker: ToldBroker, words: tuple[str, ...], text: str
) -> None:
    assert text in svcat.run(*PROVISION, *words, code=2).err
    assert not broker.sent()


def test_what_looks_like_a_secret_gets_a_warning_that_does_not_repeat_it(
    svcat: Svcat, broker: ToldBroker
) -> None:
    done = svcat.run(*PROVISION, "-p", "db_password=canary-long-enough")

    assert "warning: parameter 'db_password' looks like a secret" in done.err
    assert "--secret NAME[KEY]" in done.err
    assert "canary" not in done.out + done.err
    assert "canary" not in svcat.run("describe", "instance", "db").out
    assert "canary" not in svcat.run("get", "instance", "db", "-o", "yaml").out


def test_a_bind_is_held_against_its_own_schema(svcat: Svcat, broker: ToldBroker) -> None:
    svcat.run(*PROVISION)

    done = svcat.run("bind", "db", "-p", "read_only=maybe", code=2)

    assert 'parameters.read_only: "maybe" is not true or false (-p read_only)' in done.err
    assert len(broker.sent("PUT")) == 1
    svcat.run("bind", "db", "-p", "read_only=true")
    assert broker.sent("PUT")[1].json["parameters"] == {"read_only": True}


def test_the_binding_schema_of_a_plan_that_cannot_be_bound_counts_for_nothing(
    svcat: Svcat, broker: ToldBroker
) -> None:
    broker.plans = [plan("small", bindable=False, schemas=schemas(bind=BIND_RULES))]
    svcat.run("sync", "broker", "b")
    svcat.run(*PROVISION)

    assert "is not bindable" in svcat.run("bind", "db", "-p", "read_only=maybe", code=2).err


def test_what_is_there_already_is_not_held_against_a_newer_schema(
    svcat: Svcat, broker: ToldBroker
) -> None:
    svcat.run(*PROVISION, "-p", "backup=true")
    stricter = {**RULES, "required": ["storage"]}
    broker.plans = [plan("small", schemas=schemas(create=stricter))]
    svcat.run("sync", "broker", "b")

    assert "unchanged" in svcat.run(*PROVISION, "-p", "backup=true").err
    assert (
        "parameters.storage: is required"
        in svcat.run(
            "provision", "db2", "--class", "thing", "--plan", "small", "-p", "backup=true", code=2
        ).err
    )


ODD_SCHEMAS: list[tuple[Any, str]] = [
    ({"properties": {"a": {"$ref": "http://127.0.0.1:1/x"}}}, "refers to another document"),
    ({"type": 5}, "no valid JSON schema"),
    ("aGVsbG8=", "no JSON schema"),
    ({"description": "x" * 70_000}, "larger than 64 kB"),
]


@pytest.mark.parametrize(("schema", "words"), ODD_SCHEMAS, ids=lambda v: str(v)[:30])
def test_a_schema_that_cannot_be_used_is_a_warning_and_the_broker_decides(
    svcat: Svcat, broker: ToldBroker, schema: Any, words: str
) -> None:
    broker.plans = [plan("small", schemas=schemas(create=schema))]
    svcat.run("sync", "broker", "b")

    done = svcat.run(*PROVISION, "-p", "a=5")

    assert "warning: parameters are not validated, the broker decides" in done.err
    assert words in done.err
    assert broker.sent("PUT")[0].json["parameters"] == {"a": "5"}


def test_a_schema_that_names_no_draft_is_draft_04_with_a_warning(
    svcat: Svcat, broker: ToldBroker
) -> None:
    rules = {"properties": {"a": {"type": "integer", "minimum": 5, "exclusiveMinimum": True}}}
    broker.plans = [plan("small", schemas=schemas(create=rules))]
    svcat.run("sync", "broker", "b")

    done = svcat.run(*PROVISION, "-p", "a=5", code=2)

    assert "draft-04" in done.err
    assert "5 must be more than 5" in done.err


def test_terminal_tricks_in_a_schema_do_not_reach_the_terminal(
    svcat: Svcat, broker: ToldBroker
) -> None:
    rules = {"$schema": DRAFT_7, "properties": {"a\x1b]0;x\x07": {}, "b": {"enum": ["\x1b[31m"]}}}
    broker.plans = [plan("small", schemas=schemas(create={**rules, "additionalProperties": False}))]
    svcat.run("sync", "broker", "b")

    done = svcat.run(*PROVISION, "-p", "c=1", "-p", "b=x", code=2)

    assert "\x1b" not in done.err and "\x07" not in done.err
    assert "\x1b" not in svcat.run(*PROVISION, "-p", "c=1", "-o", "json", code=2).out


def test_numbers_of_any_size_arrive_as_they_were_written(svcat: Svcat, broker: ToldBroker) -> None:
    text = '{"big": 123456789012345678901234567890, "small": -0.5, "exp": 1e3}'
    words = ("provision", "db", "--class", "thing", "--plan", "free-form", "--params-json", text)

    svcat.run(*words)

    sent = json.loads(broker.sent("PUT")[0].body)["parameters"]
    assert sent == {"big": 123456789012345678901234567890, "small": -0.5, "exp": 1000.0}
    assert "unchanged" in svcat.run(*words).err
