"""The offering on a real server, asked everything that the spec obliges a broker to."""

from tests.brokers.bundled import BundledBroker
from tests.conformance.checking import run


def test_the_postgresql_offering_breaks_nothing(postgres_broker: BundledBroker) -> None:
    before = postgres_broker.contents()

    ran = run(
        postgres_broker.url,
        username=postgres_broker.username,
        password=postgres_broker.password,
        plan="postgresql/small",
        to_plan="large",
        parameters={"extensions": ["pgcrypto"]},
        update_parameters={"extensions": ["pgcrypto", "citext"]},
        bind_parameters={"read_only": True},
    )

    assert ran.failed("MUST", "SHOULD") == set(), ran.told()
    assert ran.report.leftovers == ()
    assert postgres_broker.contents() == before
