"""A backup brings records and Secrets back, but not their uids."""

from tests.cli_updates.svcat import Svcat, ToldBroker
from tests.repair.scene import bind, binding, bound_at, contents, restore_all, secret

FIX = "svcat bind db -n default --repair"


def test_credentials_that_came_out_of_a_backup_are_nobodys_orphan(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker)
    held = contents(svcat)
    restore_all(svcat)

    assert "No orphans" in svcat.run("orphans", "list").err
    svcat.run("orphans", "clean", "--yes")
    doctor = svcat.run("doctor", code=None).out

    assert "orphans: none" in doctor
    assert FIX in doctor
    assert contents(svcat) == held


def test_a_repair_makes_one_of_what_belongs_together_and_asks_no_broker(
    svcat: Svcat, broker: ToldBroker
) -> None:
    bind(svcat, broker, "--name", "app", "--map", "login=user")
    before, held, sent = binding(svcat, "app"), contents(svcat, "app"), len(broker.sent())
    owner = secret(svcat, "app")["metadata"]["annotations"]["svcat.dev/binding-uid"]
    restore_all(svcat)

    svcat.run("bind", "db", "--name", "app", "--repair")

    after = binding(svcat, "app")
    assert after["spec"] == before["spec"]
    assert after["status"]["ids"] == before["status"]["ids"]
    assert contents(svcat, "app") == held
    notes = secret(svcat, "app")["metadata"]["annotations"]
    assert notes["svcat.dev/binding-uid"] == after["metadata"]["uid"] != owner
    assert notes["svcat.dev/manager-uid"] == owner, "what holds its fields in workloads"
    assert svcat.run("describe", "binding", "app").err == ""
    assert "binding/app unchanged" in svcat.run("bind", "db", "--name", "app", "--repair").err
    assert "unchanged" in svcat.run("bind", "db", "--name", "app", "--map", "login=user").err
    assert len(broker.sent()) == sent
    svcat.run("deprovision", "db", "--cascade")
    assert (contents(svcat, "app"), bound_at(broker)) == (None, [])


def test_a_repair_after_a_second_restore_works_as_well(svcat: Svcat, broker: ToldBroker) -> None:
    bind(svcat, broker)
    for _ in range(2):
        restore_all(svcat)
        svcat.run("bind", "db", "--repair")
        assert "unchanged" in svcat.run("bind", "db").err

    assert len(bound_at(broker)) == 1
