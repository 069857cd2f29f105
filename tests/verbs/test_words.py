"""What commands say: true, the same everywhere, and enough to go on with."""

from tests.brokers.hostile import HostileBroker
from tests.cli_updates.svcat import Svcat, ToldBroker, plan


def test_the_kubernetes_name_is_what_service_catalog_made_of_the_id(svcat: Svcat) -> None:
    with HostileBroker() as hostile:
        broker = ToldBroker(hostile, [plan("small", id="Small")], {"id": "Zoo"})
        svcat.run("register", "b", "--url", broker.url)
    described = [svcat.run("describe", *w).out for w in (("class", "thing"), ("plan", "small"))]
    found = [line.split() for out in described for line in out.splitlines()]

    assert ["Kubernetes", "Name:", "z5azoo"] in found
    assert ["External", "ID:", "Zoo"] in found
    assert ["Kubernetes", "Name:", "z53zmall"] in found
    assert ["External", "ID:", "Small"] in found
    for name in ("z5azoo", "Zoo"):
        assert svcat.run("get", "class", "-k", name, "-o", "name").out == "class/thing\n"


def test_a_search_for_nothing_says_what_may_have_been_meant(svcat: Svcat) -> None:
    unstocked = svcat.run("search", "sql")
    with HostileBroker() as hostile:
        offering = {"name": "postgresql-db", "tags": ["relational"]}
        broker = ToldBroker(hostile, [plan("small")], offering)
        svcat.run("register", "b", "--url", broker.url)
    said = {
        words: svcat.run(*words.split()).err.partition("; ")[2].strip()
        for words in ("search posgresql", "search small relationl", "marketplace --search smal1")
    }

    assert "Register a broker" in unstocked.err
    assert said == {
        "search posgresql": "did you mean postgresql or postgresql-db?",
        "search small relationl": "did you mean relational?",
        "marketplace --search smal1": "did you mean small?",
    }
    assert "see all there is: svcat marketplace" in svcat.run("search", "qqq").err
    assert svcat.run("search", "qqq", "-o", "name").out == ""
