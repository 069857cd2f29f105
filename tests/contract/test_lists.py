"""The contract of every object API: lists, label selectors, pages."""

from collections.abc import Callable

import pytest

from svcat.errors import Invalid
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET, JsonObject, ObjectApi, list_all

Maker = Callable[..., JsonObject]

LABELS: dict[str, dict[str, str]] = {
    "a": {"tier": "gold", "svcat.dev/kind": "instance"},
    "b": {"tier": "silver", "svcat.dev/kind": "instance", "old": ""},
    "c": {"tier": "gold", "svcat.dev/kind": "binding"},
    "d": {"svcat.dev/kind": "broker"},
    "e": {},
}


@pytest.fixture
def shelf(objects: ObjectApi, namespace: str, config_map: Maker) -> str:
    """A namespace that holds the objects of ``LABELS``."""
    for name, labels in reversed(LABELS.items()):
        made = config_map(f"shelf-{name}", metadata={"labels": labels | {"shelf": "yes"}})
        objects.create(CONFIG_MAP, made)
    return namespace


def _names(items: tuple[JsonObject, ...]) -> list[str]:
    return [item["metadata"]["name"].removeprefix("shelf-") for item in items]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("shelf", "abcde"),
        ("shelf=yes", "abcde"),
        ("tier=gold", "ac"),
        ("tier==gold", "ac"),
        (" tier = gold ", "ac"),
        ("shelf,tier!=gold", "bde"),
        ("tier in (gold)", "ac"),
        ("tier in (gold,silver)", "abc"),
        ("tier in ( gold , silver )", "abc"),
        ("tier in(gold)", "ac"),
        ("shelf,tier notin (gold)", "bde"),
        ("shelf,tier notin (gold,silver)", "de"),
        ("tier", "abc"),
        ("shelf,!tier", "de"),
        ("shelf,! tier", "de"),
        ("svcat.dev/kind=instance", "ab"),
        ("svcat.dev/kind=instance,tier=gold", "a"),
        ("svcat.dev/kind in (instance,binding),tier=gold,!old", "ac"),
        ("svcat.dev/kind=nothing", ""),
        ("tier=gold,tier=silver", ""),
        ("tier=gold,!tier", ""),
        ("old=", "b"),
        ("old", "b"),
        ("shelf,old!=", "acde"),
        ("tier in (,gold)", "ac"),
        ("old in (,x)", "b"),
        ("old in ()", "b"),
        ("in", ""),
        ("notin=x", ""),
        ("tier=in", ""),
    ],
)
def test_a_selector_picks_by_label(
    objects: ObjectApi, shelf: str, selector: str, expected: str
) -> None:
    page = objects.list_page(CONFIG_MAP, shelf, selector=selector)

    assert _names(page.items) == list(expected)
    assert page.continue_token == ""


@pytest.mark.parametrize(
    "selector",
    [
        ",",
        "tier,",
        ",tier",
        "tier,,shelf",
        "=gold",
        "!",
        "!!tier",
        "!tier=gold",
        "tier=gold=silver",
        "tier gold",
        "tier in",
        "tier in gold",
        "tier in (gold",
        "tier in (gold silver)",
        "tier in gold)",
        "tier notin",
        "tier===gold",
        "tier=!gold",
        "tier=(gold)",
        "-tier",
        "tier-=x",
        "a/b/c",
        "/tier",
        "tier/",
        "Upper.Domain/tier",
        f"{'k' * 64}=v",
        f"k={'v' * 64}",
        "tier=go ld",
        "tier=gold!",
        "tier=ž",
        "tier='gold'",
    ],
)
def test_a_broken_selector_is_invalid(objects: ObjectApi, namespace: str, selector: str) -> None:
    with pytest.raises(Invalid):
        objects.list_page(CONFIG_MAP, namespace, selector=selector)


def test_a_list_shows_the_objects_as_get_does(objects: ObjectApi, shelf: str) -> None:
    items = objects.list_page(CONFIG_MAP, shelf, selector="shelf").items

    assert items
    for item in items:
        assert objects.get(CONFIG_MAP, shelf, item["metadata"]["name"]) == item


def test_a_list_holds_one_kind_and_one_namespace(
    objects: ObjectApi, shelf: str, secret: Maker
) -> None:
    objects.create(SECRET, secret("shelf-s", metadata={"labels": {"shelf": "yes"}}))
    for namespace in ("default", "kube-system"):
        assert objects.list_page(CONFIG_MAP, namespace, selector="shelf").items == ()

    assert _names(objects.list_page(SECRET, shelf, selector="shelf").items) == ["s"]
    assert _names(objects.list_page(CONFIG_MAP, shelf, selector="shelf").items) == list("abcde")


def test_a_list_of_all_namespaces_is_in_order_within_each(
    objects: ObjectApi, namespace: str, config_map: Maker
) -> None:
    second = f"{namespace}-second"
    objects.create(NAMESPACE, {"metadata": {"name": second}})
    for where, name in ((second, "a"), (namespace, "b"), (namespace, "a"), (second, "b")):
        labels = {"run": namespace}
        made = config_map(metadata={"namespace": where, "name": name, "labels": labels})
        objects.create(CONFIG_MAP, made)

    found = objects.list_page(CONFIG_MAP, "", selector=f"run={namespace}").items
    places = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in found]
    objects.delete(NAMESPACE, "", second)

    # Which namespace comes first is the server's business: etcd sorts "a-b/x" before "a/x".
    assert sorted((places[:2], places[2:])) == [
        [(namespace, "a"), (namespace, "b")],
        [(second, "a"), (second, "b")],
    ]


def test_namespaces_are_listed_whatever_namespace_is_asked(
    objects: ObjectApi, namespace: str
) -> None:
    for asked in ("", "default"):
        names = {item["metadata"]["name"] for item in list_all(objects, NAMESPACE, asked)}

        assert {"default", "kube-system", namespace} <= names


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_pages_put_together_are_the_list(objects: ObjectApi, shelf: str, limit: int) -> None:
    found: list[str] = []
    token = ""
    for _ in range(6):
        page = objects.list_page(
            CONFIG_MAP, shelf, selector="shelf", limit=limit, continue_token=token
        )
        assert len(page.items) <= limit
        found += _names(page.items)
        token = page.continue_token
        if not token:
            break

    assert found == list("abcde")
    assert token == ""


def test_a_full_last_page_has_no_token(objects: ObjectApi, shelf: str) -> None:
    assert objects.list_page(CONFIG_MAP, shelf, selector="shelf", limit=5).continue_token == ""


def test_pages_go_over_all_namespaces(objects: ObjectApi, shelf: str, config_map: Maker) -> None:
    labels = {"run": shelf}
    for where, name in ((shelf, "z"), ("default", f"{shelf}-y"), ("default", f"{shelf}-x")):
        made = config_map(metadata={"namespace": where, "name": name, "labels": labels})
        objects.create(CONFIG_MAP, made)

    found = list(list_all(objects, CONFIG_MAP, "", selector=f"run={shelf}", limit=1))
    for name in (f"{shelf}-x", f"{shelf}-y"):
        objects.delete(CONFIG_MAP, "default", name)

    assert {item["metadata"]["name"] for item in found} == {"z", f"{shelf}-x", f"{shelf}-y"}
    assert len(found) == 3


def test_a_limit_of_zero_lists_all(objects: ObjectApi, shelf: str) -> None:
    page = objects.list_page(CONFIG_MAP, shelf, selector="shelf", limit=0)

    assert _names(page.items) == list("abcde")
    assert page.continue_token == ""


def test_objects_deleted_between_pages_do_not_end_the_list(objects: ObjectApi, shelf: str) -> None:
    first = objects.list_page(CONFIG_MAP, shelf, selector="shelf", limit=2)
    objects.delete(CONFIG_MAP, shelf, "shelf-b")
    rest = objects.list_page(
        CONFIG_MAP, shelf, selector="shelf", limit=10, continue_token=first.continue_token
    )

    assert _names(first.items + rest.items) == list("abcde")


@pytest.mark.parametrize("token", ["x", "!", "e30", "W10=", "žluť"])
def test_a_broken_token_is_invalid(objects: ObjectApi, namespace: str, token: str) -> None:
    with pytest.raises(Invalid):
        objects.list_page(CONFIG_MAP, namespace, continue_token=token)
