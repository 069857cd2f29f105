"""Catalog restrictions, by Service Catalog's grammar and vectors; what they hide and what not."""

import pytest

from svcat.app.restrictions import for_classes, for_plans, offered
from svcat.errors import UsageError
from svcat.osb.models import Catalog, Plan, ServiceOffering
from svcat.store.kube_names import kube_name
from tests.catalog.shop import Shop
from tests.cli_updates.svcat import Svcat


def _class(name: str, **plans: bool) -> ServiceOffering:
    made = tuple(
        Plan(id=f"{name}-{plan}-id".lower(), name=plan.replace("_", "-"), free=free)
        for plan, free in plans.items()
    )
    return ServiceOffering(id=f"{name}-id".lower(), name=name, plans=made)


# As in Service Catalog's own tests (controller_test.go, largeTestCatalog).
CATALOG = Catalog(
    services=(
        _class("Archonei", Goldengrove=False),
        _class("Arrax", Eastwatch_by_the_Sea=True, OldOak=True),
        _class("Balerion", Ironrath=False, Queensgate=True),
    )
)
GOLDENGROVE, EASTWATCH, OLDOAK = "Goldengrove", "Eastwatch-by-the-Sea", "OldOak"
IRONRATH, QUEENSGATE = "Ironrath", "Queensgate"
ALL = [GOLDENGROVE, EASTWATCH, OLDOAK, IRONRATH, QUEENSGATE]


@pytest.mark.parametrize(
    ("classes", "plans", "left"),
    [
        ([], [], ALL),
        (["spec.externalName=Archonei"], [], [GOLDENGROVE]),
        (["name=arrax-id"], [], [EASTWATCH, OLDOAK]),
        (["spec.externalID==balerion-id"], [], [IRONRATH, QUEENSGATE]),
        (["spec.externalName in (Archonei, Arrax)"], [], [GOLDENGROVE, EASTWATCH, OLDOAK]),
        (["spec.externalName notin (Balerion)"], [], [GOLDENGROVE, EASTWATCH, OLDOAK]),
        (["spec.externalName!=Arrax", "spec.externalName!=Balerion"], [], [GOLDENGROVE]),
        (["spec.externalName!=Arrax,spec.externalName!=Balerion"], [], [GOLDENGROVE]),
        ([], ["spec.externalName in (Goldengrove)"], [GOLDENGROVE]),
        ([], ["name in (arrax-oldoak-id, balerion-ironrath-id)"], [OLDOAK, IRONRATH]),
        ([], ["spec.externalName!=OldOak", "spec.free==true"], [EASTWATCH, QUEENSGATE]),
        ([], ["spec.externalName in (OldOak)", "spec.externalName notin (OldOak)"], []),
        ([], ["spec.free==true"], [EASTWATCH, OLDOAK, QUEENSGATE]),
        (["spec.externalName=Balerion"], ["spec.free = false"], [IRONRATH]),
        ([], ["spec.clusterServiceClass.name=arrax-id"], [EASTWATCH, OLDOAK]),
        ([], ["spec.serviceClass.name != arrax-id"], [GOLDENGROVE, IRONRATH, QUEENSGATE]),
        (["spec.externalName=archonei"], [], []),
    ],
)
def test_restrictions_leave_what_all_of_them_allow(
    classes: list[str], plans: list[str], left: list[str]
) -> None:
    services = offered(CATALOG, classes, plans).services
    assert [plan.name for service in services for plan in service.plans] == left
    assert all(service.plans for service in services)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  name   in(b,   a )", "name in (a,b)"),
        ("name\tnotin (x)", "name notin (x)"),
        ("name == x", "name=x"),
        ("name!=x , name =y", "name!=x|name=y"),
        ('spec.externalName="two words, one comma"', 'spec.externalName="two words, one comma"'),
        ('spec.externalName in ("a\\"b", c)', 'spec.externalName in ("a\\"b",c)'),
    ],
)
def test_a_restriction_is_kept_in_one_spelling(text: str, normal: str) -> None:
    read = for_classes([text])
    assert "|".join(map(str, read)) == normal
    assert for_classes(map(str, read)) == read


@pytest.mark.parametrize(
    "text",
    ["bad predicate", "name", "=x", "name=", "name in ()", "name in (a", "name=x,", "!name", ""],
)
def test_what_is_no_restriction_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="invalid --class-restrictions"):
        for_classes([text])


def test_a_property_that_there_is_not_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"no property 'spec\.free'") as caught:
        for_classes(["spec.free=true"])
    assert "spec.externalName" in str(caught.value.hint)
    assert for_plans(["spec.free=true"])


@pytest.mark.parametrize(
    ("osb_id", "name"),
    [
        ("simple", "simple"),
        ("contains-escape-char-z", "contains-escape-char-z7az"),
        ("ContainsCaps", "z43zontainsz43zaps"),
        (".starts-and-ends-with-periods.", "z2ezstarts-and-ends-with-periodsz2ez"),
        ("-starts-and-ends-with-hyphens-", "z2dzstarts-and-ends-with-hyphensz2dz"),
        ("adjacent.-specialchars", "adjacent.z2dzspecialchars"),
        ("otherorderadjacent-.specialchars", "otherorderadjacent-z2ezspecialchars"),
        (
            "waytoomany-.-.-.-.-adjacentspecialchars",
            "waytoomany-z2ez-z2ez-z2ez-z2ez-adjacentspecialchars",
        ),
        (
            "thisnameisreallyreallywaytoolonghowcouldanyonepossiblyreadthisplansname",
            "thisnameisreallyreallywaytoolo-3f54131bf8c96c7d946ee1d7a32136dd",
        ),
        ("8606c4ad-7e57-4b1d-9a6c-2f2e85b5030d", "8606c4ad-7e57-4b1d-9a6c-2f2e85b5030d"),
    ],
)
def test_kubernetes_names_are_those_of_service_catalog(osb_id: str, name: str) -> None:
    assert kube_name(osb_id) == name


def test_what_is_restricted_is_not_offered_but_what_is_there_goes_on(
    svcat: Svcat, new_shop: Shop
) -> None:
    svcat.run("register", "team", "--url", new_shop.url)
    svcat.run("provision", "cache", "--class", "redis", "--plan", "large")
    only = "spec.externalName in (postgresql, redis)"
    words = ["--class-restrictions", only, "--plan-restrictions", "spec.free=true"]
    done = svcat.run("broker", "update", "team", *words)
    assert "Class Restrictions:  spec.externalName in (postgresql,redis)" in done.out
    plans = svcat.run("get", "plans", "-o", "jsonpath={.items[*].metadata.name}").out
    assert plans == "small small"
    svcat.run("provision", "x", "--class", "redis", "--plan", "large", code=5)
    svcat.run("provision", "x", "--class", "mailbox", code=5)
    svcat.run("update", "cache", "--plan", "nonsense", code=5)
    svcat.run("bind", "cache", code=2)  # its plan is known all the same, and not bindable
    svcat.run("update", "cache", "--plan", "small")
    svcat.run("deprovision", "cache")
    svcat.run("broker", "update", "team", "--class-restrictions", "", "--plan-restrictions", "")
    assert len(svcat.run("get", "plans", "-o", "name").out.splitlines()) == 6


def test_register_takes_restrictions_and_repeats_them(svcat: Svcat, new_shop: Shop) -> None:
    words = ["register", "team", "--url", new_shop.url, "--class-restrictions"]
    spec = svcat.run(*words, "spec.externalName in (redis)", "-o", "json").json["spec"]
    assert spec["catalogRestrictions"] == {"serviceClass": ["spec.externalName in (redis)"]}
    svcat.run(*words, "spec.externalName  in(redis)")
    assert "class restrictions" in svcat.run(*words, "name=x", code=6).err
    assert svcat.run(*words, "in the middle", code=2).out == ""
    assert svcat.run("get", "classes", "-o", "name").out == "class/redis\n"
