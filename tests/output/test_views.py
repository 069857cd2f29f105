"""Views with the worst that a broker can say, in every format, on a terminal and in a pipe."""

import io
import json
from datetime import UTC, datetime

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from svcat.errors import UsageError
from svcat.osb.models import Catalog, Plan, ServiceOffering
from svcat.output import bindings, brokers, catalog, instances, market
from svcat.output.comparison import comparison
from svcat.output.failure import show_failure
from svcat.output.formats import parse_format
from svcat.output.messages import message, not_synced, removed, results, synced
from svcat.output.recovery import resumed_list, resumed_row
from svcat.output.render import render
from svcat.output.view import (
    Block,
    Column,
    Fields,
    Format,
    Section,
    Style,
    Table,
    Text,
    View,
)
from svcat.store.claims import Claim
from svcat.store.records import (
    AuthKind,
    BindingId,
    BindingPhase,
    BindingRecord,
    BrokerRecord,
    BrokerRef,
    InstancePhase,
    InstanceRecord,
    LastError,
    Operation,
    OperationType,
    PreviousId,
    Role,
    Scope,
    Transition,
)
from tests.output.screens import Terminal, hostile_in, screens, written

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NASTY = "x\x1b[31m\x9b2J\u202e[/x] [bold]:bomb: \r\x00\u200b{{}}%s\ud800 \U0010ffff"
ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
TABLES = [Style.TABLE, Style.WIDE]
ALL = [*TABLES, Style.JSON, Style.YAML, Style.NAME]


def broker() -> BrokerRecord:
    return BrokerRecord(
        namespace="ns",
        name="b",
        scope=Scope.NAMESPACE,
        url=f"http://b/{NASTY}",
        auth=AuthKind.BASIC,
        auth_secret=NASTY,
        api_version=NASTY,
        last_error=NASTY,
        fetched_at=NOW,
        created=NOW,
    )


def service() -> ServiceOffering:
    metadata = json.dumps({"displayName": NASTY, "costs": [{"amount": {NASTY: 1}, "unit": NASTY}]})
    raw = json.loads(metadata)
    plan = Plan(id=NASTY, name=NASTY, description=NASTY, metadata=_raw(raw))
    return ServiceOffering(
        id=NASTY, name=NASTY, description=NASTY, tags=(NASTY,), metadata=_raw(raw), plans=(plan,)
    )


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


WORK = {
    "namespace": "ns",
    "uid": "u",
    "created": NOW,
    "broker": BrokerRef(name=NASTY, namespace="ns"),
    "service_id": NASTY,
    "service_name": NASTY,
    "plan_id": NASTY,
    "plan_name": NASTY,
    "parameters": {NASTY: NASTY, "deep": {NASTY: [NASTY]}},
    "operation": Operation(type=OperationType.PROVISION, started=NOW, key=NASTY),
    "claims": (Claim(id="c", by=NASTY, until=NOW),),
    "previous_ids": (PreviousId(id=NASTY, fate=NASTY),),
    "reason": NASTY,
    "message": NASTY,
    "last_error": LastError(
        at=NOW, call=NASTY, status=500, error=NASTY, description=NASTY, request_id=NASTY
    ),
    "history": (Transition(at=NOW, phase=NASTY, reason=NASTY, message=NASTY, by=NASTY),),
    "labels": {"app": NASTY},
}


def instance() -> InstanceRecord:
    return InstanceRecord(
        name="db",
        instance_id=NASTY,
        phase=InstancePhase.FAILED,
        dashboard_url=NASTY,
        broker_labels={NASTY: NASTY},
        **WORK,  # type: ignore[arg-type]
    )


def binding() -> BindingRecord:
    return BindingRecord(
        name="db",
        instance="db",
        instance_uid="u",
        instance_id=NASTY,
        phase=BindingPhase.READY,
        ids=(BindingId(id=NASTY, role=Role.CURRENT),),
        secret_name="db",
        expires_at=NASTY,
        **WORK,  # type: ignore[arg-type]
    )


def views() -> dict[str, View]:
    offer = service()
    secret = {"k": NASTY.encode(errors="surrogatepass"), "binary": b"\xff\x1b\x00", NASTY: b""}
    row, obj = resumed_row("instance", "ns", "db", NASTY, record=instance(), problem=NASTY)
    return {
        "brokers": brokers.broker_list([broker()], NOW),
        "broker": brokers.broker_details(broker(), notes=(NASTY,)),
        "classes": catalog.class_list([(broker(), offer, None)]),
        "plans": catalog.plan_list([(broker(), offer, offer.plans[0])]),
        "marketplace": market.marketplace([(broker(), offer)]),
        "found": market.found_plans([(broker(), offer, offer.plans[0])], NASTY),
        "comparison": comparison([(broker(), offer, offer.plans[0])] * 2),
        "class": catalog.class_details(broker(), offer),
        "plan": catalog.plan_details(broker(), offer, offer.plans[0], [instance()]),
        "instances": instances.instance_list([instance()], NOW),
        "summary": instances.instance_summary(instance()),
        "instance": instances.instance_details(instance(), [binding()]),
        "bindings": bindings.binding_list([binding()], NOW),
        "binding": bindings.binding_details(binding(), secret, notes=(NASTY,)),
        "shown": bindings.binding_details(binding(), secret, show_secrets=True),
        "missing": bindings.binding_details(binding(), None),
        "synced": synced(broker(), Catalog(services=(offer,)), (NASTY,), (NASTY,)),
        "all synced": results(
            "Broker", [not_synced(broker(), NASTY), message("Broker", "b", "ns", NASTY, NASTY)]
        ),
        "resumed": resumed_list([(row, obj)]),
        "messages": results(
            "Binding",
            [removed("Binding", "a", "ns", NASTY), message("Binding", "b", "ns", NASTY, NASTY)],
        ),
    }


@pytest.mark.parametrize("style", ALL)
@pytest.mark.parametrize("name", views())
def test_nothing_hostile_is_written_and_nothing_crashes(name: str, style: Style) -> None:
    for out in screens():
        render(views()[name], Format(style), out)
        text = written(out)
        if isinstance(out, Terminal) and style in TABLES:
            text = without_own_colours(text)
        assert hostile_in(text) == []
        assert text.endswith("\n")


def without_own_colours(text: str) -> str:
    """Take away the few sequences that we write ourselves."""
    import re

    return re.sub(r"\x1b\[(?:0|1|3[123])m", "", text)


@pytest.mark.parametrize("name", views())
def test_json_and_yaml_are_the_whole_truth(name: str) -> None:
    view = views()[name]
    as_json, as_yaml = io.StringIO(), io.StringIO()
    render(view, Format(Style.JSON), as_json)
    render(view, Format(Style.YAML), as_yaml)
    expected = json.loads(json.dumps(view.obj))
    assert json.loads(as_json.getvalue()) == expected
    if "\ud800" not in str(expected):
        assert yaml.safe_load(as_yaml.getvalue()) == expected


def blocks() -> st.SearchStrategy[Block]:
    tables = st.lists(st.tuples(ANYTHING, ANYTHING, ANYTHING), max_size=3).map(
        lambda rows: Table((Column("NAME"), Column("STATUS"), Column("X", wide=True)), tuple(rows))
    )
    fields = st.lists(st.tuples(ANYTHING, ANYTHING), max_size=3).map(lambda ls: Fields(tuple(ls)))
    texts = ANYTHING.map(Text)
    inner = tables | fields | texts
    return inner | st.builds(Section, ANYTHING, inner)


@given(st.lists(blocks(), max_size=4).map(tuple), st.sampled_from(TABLES))
def test_any_block_with_any_text_is_shown_safely(shown: tuple[Block, ...], style: Style) -> None:
    for out in screens():
        render(View({}, shown), Format(style), out)
        assert hostile_in(without_own_colours(written(out))) == []


@given(ANYTHING, ANYTHING, st.sampled_from(["table", "json", "yaml", "name", "nonsense"]))
def test_any_error_is_one_line_and_one_hint(words: str, hint: str, style: str) -> None:
    for out in screens():
        err = io.StringIO()
        show_failure(UsageError(words, hint=hint), style, out, err)
        lines = err.getvalue().splitlines()
        assert len(lines) == (2 if hint else 1)
        assert hostile_in(err.getvalue() + written(out)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("table", Format(Style.TABLE)),
        ("JSON", Format(Style.JSON)),
        ("jsonpath={.x}", Format(Style.JSONPATH, "{.x}")),
        ("jsonpath={.x=='=y'}", Format(Style.JSONPATH, "{.x=='=y'}")),
    ],
)
def test_formats_are_read(text: str, expected: Format) -> None:
    assert parse_format(text) == expected


@pytest.mark.parametrize("text", ["xml", "", "jsonpath", "json={.x}", "wide "])
def test_other_formats_are_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_format(text)
    assert "json, yaml, name, jsonpath" in str(caught.value.hint)


def test_columns_line_up_whatever_is_in_them() -> None:
    table = Table(
        (Column("NAME"), Column("PLANS"), Column("DESCRIPTION")),
        (("a", "one\ntwo", "first"), ("a-longer-name", "three", "")),
    )
    out = io.StringIO()
    render(View({}, (table,)), Format(), out)
    assert out.getvalue() == (
        "NAME            PLANS   DESCRIPTION\n"
        "a               one     first\n"
        "                two\n"
        "a-longer-name   three\n"
    )


def test_wide_columns_come_with_wide_only() -> None:
    table = Table((Column("NAME"), Column("ID", wide=True)), (("a", "1"),))
    for style, expected in ((Style.TABLE, "NAME\na\n"), (Style.WIDE, "NAME   ID\na      1\n")):
        out = io.StringIO()
        render(View({}, (table,)), Format(style), out)
        assert out.getvalue() == expected
