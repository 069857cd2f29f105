"""What is explored: each command alone against each kind of broker, and each against each."""

from contextlib import suppress

from msgspec.structs import replace

from svcat.app import (
    abandon,
    binding_order,
    bindings,
    deprovisioning,
    instances,
    orphans,
    provisioning,
    repairing,
    reshaping,
    rotation,
    unbinding,
    unfinished,
)
from svcat.app.binding_lifecycle import target_of
from svcat.app.binding_outcomes import renew_id
from svcat.app.opening import open_binding
from svcat.app.ports import Patience, Ports, Timing
from svcat.app.rollout import Rollout, State
from svcat.app.switching import Switch
from svcat.errors import NotFound, OperationFailed, StillRunning, SvcatError
from svcat.objects import CONFIG_MAP, SECRET
from svcat.store import codec
from svcat.store.names import ledger_object
from svcat.store.records import BindingRecord, InstanceRecord, UpdateTarget
from svcat.store.secrets import encode_data
from svcat.store.shape import Shape
from tests.explorer.explore import Scenario
from tests.explorer.invariants import FOREIGN_SECRET, LOST_BY_HAND
from tests.explorer.scheduler import Command
from tests.sim.broker import Habits

HERE = "default"


def provision(ports: Ports) -> object:
    order = provisioning.Order(name="db", namespace=HERE, class_name="pg", plan_name="small")
    return provisioning.provision(order, ports, Patience())


def deprovision(ports: Ports) -> object:
    return deprovisioning.deprovision("db", HERE, ports, Patience())


def update(ports: Ports) -> object:
    target = UpdateTarget(plan_id="large-id", plan_name="large")
    return instances.update("db", HERE, target, ports, Patience())


def update_back(ports: Ports) -> object:
    target = UpdateTarget(plan_id="small-id", plan_name="small")
    return instances.update("db", HERE, target, ports, Patience())


def bind(ports: Ports) -> object:
    order = binding_order.Order(instance="db", namespace=HERE, name="app")
    return bindings.bind(order, ports, Patience())


def bind_anew(ports: Ports) -> object:
    """Take over a bind whose credentials were lost: it goes on under a new id."""
    record = ports.records.load(BindingRecord, HERE, "app")
    target = target_of(record)
    if target is None:
        return None
    driver = open_binding(record, ports, Patience())
    facts = replace(driver.session.facts(), new_id=ports.new_id())
    renewed = ports.records.change(record, lambda found: renew_id(found, target.id, facts))
    return driver.run(renewed) if renewed is not None else None


def bind_to_taken_name(ports: Ports) -> object:
    order = binding_order.Order(
        instance="db", namespace=HERE, name="app", secret_name=FOREIGN_SECRET
    )
    return bindings.bind(order, ports, Patience())


def unbind(ports: Ports) -> object:
    return unbinding.unbind("app", HERE, ports, Patience())


def unbind_for_good(ports: Ports) -> None:
    """Unbind and wait until nothing can come back."""
    unbinding.end(ports.records.load(BindingRecord, HERE, "app"), ports, Patience())


def rotate(ports: Ports) -> object:
    return rotation.rotate("app", rotation.Order(namespace=HERE), ports, Patience())


def rotate_with_grace(ports: Ports) -> object:
    order = rotation.Order(namespace=HERE, grace_s=60)
    return rotation.rotate("app", order, ports, Patience())


def rotate_and_go_back(ports: Ports) -> object:
    """Rotate where no workload gets along with the new credentials."""
    order = rotation.Order(namespace=HERE, rolls_back=True)
    switch = Switch(roll=lambda *_: Rollout(State.FAILED, "it crashes"))
    return rotation.rotate("app", order, ports, Patience(), switch)


def meddle(ports: Ports) -> None:
    """Change the Secret by hand, so that nobody can tell what the broker gave."""
    api = ports.records.api
    secret = api.get(SECRET, HERE, "app")
    api.replace(SECRET, secret | {"data": secret["data"] | encode_data({"more": b"x"})})


def repair(ports: Ports) -> object:
    order = binding_order.Order(instance="db", namespace=HERE, name="app")
    return repairing.repair(order, ports, Patience())


def lose_the_record(ports: Ports) -> None:
    """Delete the binding's record by hand; Secret, broker and ledger still know of it."""
    api = ports.records.api
    api.delete(CONFIG_MAP, HERE, codec.object_name(BindingRecord, "app"))
    for entry in ports.ledger.list(HERE):
        if entry.kind == "binding":
            name = ledger_object(entry.id)
            known = api.get(CONFIG_MAP, ports.ledger.system_namespace, name)
            known["metadata"]["annotations"][LOST_BY_HAND] = "true"
            api.replace(CONFIG_MAP, known)


def clean(ports: Ports) -> None:
    """Delete at the broker what no record leads to."""
    for cleaned in orphans.clean(orphans.find(HERE, ports), ports, Patience()):
        if cleaned.error is not None:
            raise cleaned.error


def reshape(ports: Ports) -> object:
    """Lay the Secret out otherwise; the password stays where it is."""
    shape = Shape(adds=(("port", "5432"),))
    order = reshaping.Order(binding="app", namespace=HERE, shape=shape)
    return reshaping.reshape(order, ports, Patience())


def resume(ports: Ports) -> None:
    """Finish whatever is unfinished, also what another command is at."""
    for record in list(unfinished.find("", ports)):
        for resumed in unfinished.resume([record], ports, Patience()):
            if resumed.error is not None:
                raise resumed.error


def begin_to_provision(ports: Ports) -> None:
    """Provision, and not wait for the end of it."""
    order = provisioning.Order(name="db", namespace=HERE, class_name="pg", plan_name="small")
    with suppress(StillRunning):
        provisioning.provision(order, ports, Patience(wait=False))


def abandon_instance(ports: Ports) -> object:
    """Forget the instance and its bindings, whatever the broker holds."""
    record = ports.records.load(InstanceRecord, HERE, "db")
    return abandon.abandon(record, ports)


def abandon_and_clean(ports: Ports) -> None:
    """Forget what is left of it, with Secrets that nobody knows any more."""
    with suppress(NotFound):
        abandon_instance(ports)
    clean_secrets(ports)


def repair_or_clean_up(ports: Ports) -> None:
    """Repair the binding, if its instance is there to stay, and finish what waits for that."""
    with suppress(NotFound, OperationFailed):
        repair(ports)
    resume(ports)
    clean_secrets(ports)


def clean_secrets(ports: Ports) -> None:
    for cleaned in orphans.clean_secrets(orphans.find_secrets(HERE, ports), ports):
        if cleaned.error is not None:
            raise cleaned.error


def clean_all(ports: Ports) -> None:
    """Delete what no record leads to, at the broker and here."""
    clean(ports)
    clean_secrets(ports)


def deprovision_all(ports: Ports) -> object:
    return deprovisioning.deprovision("db", HERE, ports, Patience(), cascades=True)


def one_after_the_other(*commands: Command) -> Command:
    """Return a process that runs commands in turn, as a script does that ignores failures."""

    def run(ports: Ports) -> None:
        for command in commands:
            try:
                command(ports)
            except SvcatError:
                continue

    return run


PLAIN = Habits()
ASYNC = Habits(is_async=True)
ASYNC_FAILING = Habits(is_async=True, async_fails=True)
CONFLICTING = Habits(conflicts_on_replay=True)
ASYNC_CONFLICTING = Habits(is_async=True, conflicts_on_replay=True)
ONCE = Habits(credentials_once=True)
RETRIEVABLE = Habits(retrievable=True)
ASYNC_BINDING = Habits(is_async=True, retrievable=True)
ROTATABLE = Habits(rotatable=True)
SLOW_DELETES = Habits(deletes_slowly=True)
REFUSING = Habits(refuses=True)
POLITE = Timing()

INSTANCE = (provision,)
BOUND = (provision, bind)
MEDDLED_WITH = (provision, bind, meddle)
WITHOUT_RECORD = (provision, bind, lose_the_record)
RECREATE = one_after_the_other(deprovision, provision)
THERE_AND_BACK = one_after_the_other(update, update_back)
REBIND = one_after_the_other(unbind, bind)

SINGLE = (
    Scenario("provision", (provision,)),
    Scenario("provision, async", (provision,), ASYNC),
    Scenario("provision, async failing", (provision,), ASYNC_FAILING),
    Scenario("provision, refused", (provision,), REFUSING),
    Scenario("provision, 409 to replays", (provision,), CONFLICTING),
    Scenario(
        "provision, async, 409 to replays",
        (provision,),
        ASYNC_CONFLICTING,
    ),
    Scenario("provision again after deprovision", (RECREATE,), setup=INSTANCE),
    Scenario("deprovision", (deprovision,), setup=INSTANCE),
    Scenario("deprovision, async", (deprovision,), SLOW_DELETES, INSTANCE),
    Scenario("update", (update,), setup=INSTANCE),
    Scenario("update, async", (update,), ASYNC, INSTANCE),
    Scenario("update, refused", (update,), Habits(refuses_updates=True), INSTANCE),
    Scenario("update and back", (THERE_AND_BACK,), setup=INSTANCE),
    Scenario("update and back, async", (THERE_AND_BACK,), ASYNC, INSTANCE),
    Scenario("bind", (bind,), setup=INSTANCE),
    Scenario("bind, retrievable", (bind,), RETRIEVABLE, INSTANCE),
    Scenario("bind, credentials once", (bind,), ONCE, INSTANCE),
    Scenario("bind, 409 to replays", (bind,), CONFLICTING, INSTANCE),
    Scenario("bind, async", (bind,), ASYNC_BINDING, INSTANCE),
    Scenario("bind, Secret name taken", (bind_to_taken_name,), setup=INSTANCE),
    Scenario("unbind", (unbind,), setup=BOUND),
    Scenario("unbind, async", (unbind,), SLOW_DELETES, BOUND),
    Scenario("rotate", (rotate,), setup=BOUND),
    Scenario("rotate, by predecessor", (rotate,), ROTATABLE, BOUND),
    Scenario("rotate, credentials once", (rotate,), ONCE, BOUND),
    Scenario("rotate, async", (rotate,), ASYNC_BINDING, BOUND),
    Scenario("rotate, with grace", (rotate_with_grace,), setup=BOUND),
    Scenario("rotate, rolled back", (rotate_and_go_back,), setup=BOUND),
    Scenario("rotate, rolled back, retrievable", (rotate_and_go_back,), RETRIEVABLE, BOUND),
    Scenario("repair, retrievable", (repair,), RETRIEVABLE, MEDDLED_WITH, again=repair),
    Scenario("repair, credentials once", (repair,), ONCE, MEDDLED_WITH, again=repair),
    Scenario("repair, no record", (repair,), setup=WITHOUT_RECORD, again=repair),
    Scenario("clean, repair, no record", (clean,), setup=WITHOUT_RECORD, again=repair),
    Scenario("update binding", (reshape,), setup=BOUND, again=reshape),
    Scenario("abandon", (abandon_instance,), setup=BOUND, again=abandon_and_clean),
)
PAIRS = (
    Scenario("provision ∥ provision", (provision, provision)),
    Scenario("provision ∥ provision, 409", (provision, provision), CONFLICTING),
    Scenario("provision ∥ provision, polite", (provision, provision), timing=POLITE),
    Scenario("provision ∥ deprovision", (provision, deprovision)),
    Scenario("provision ∥ deprovision, async", (provision, deprovision), ASYNC),
    Scenario("provision ∥ deprovision, polite", (provision, deprovision), timing=POLITE),
    Scenario("deprovision ∥ deprovision", (deprovision, deprovision), setup=INSTANCE),
    Scenario(
        "deprovision ∥ deprovision, async", (deprovision, deprovision), SLOW_DELETES, INSTANCE
    ),
    Scenario("update ∥ update", (update, update), setup=INSTANCE),
    Scenario("update ∥ update and back", (update, THERE_AND_BACK), setup=INSTANCE),
    Scenario("update ∥ update and back, async", (update, THERE_AND_BACK), ASYNC, INSTANCE),
    Scenario("update ∥ deprovision", (update, deprovision), setup=INSTANCE),
    Scenario("bind ∥ bind, credentials once", (bind, bind), ONCE, INSTANCE),
    Scenario("bind ∥ bind, 409", (bind, bind), CONFLICTING, INSTANCE),
    Scenario("bind ∥ bind anew, 409", (bind, bind_anew), CONFLICTING, INSTANCE),
    Scenario("bind ∥ deprovision", (bind, deprovision), setup=INSTANCE),
    Scenario("bind ∥ unbind for good", (bind, unbind_for_good), setup=INSTANCE),
    Scenario(
        "bind ∥ unbind for good, slow deletes", (bind, unbind_for_good), SLOW_DELETES, INSTANCE
    ),
    Scenario("bind ∥ clean, credentials once", (bind, clean_all), ONCE, INSTANCE),
    Scenario("unbind ∥ bind", (unbind, bind), setup=BOUND),
    Scenario("unbind ∥ deprovision", (unbind, deprovision), setup=BOUND),
    Scenario("rotate ∥ rotate", (rotate, rotate), ONCE, BOUND),
    Scenario("rotate ∥ unbind", (rotate, unbind), setup=BOUND),
    Scenario("rotate ∥ deprovision, all", (rotate, deprovision_all), setup=BOUND),
    Scenario("provision ∥ resume", (provision, resume)),
    Scenario("bind ∥ resume, credentials once", (bind, resume), ONCE, INSTANCE),
    Scenario("abandon ∥ resume", (abandon_instance, resume), ASYNC, (begin_to_provision,)),
    Scenario("update binding ∥ unbind", (reshape, unbind), setup=BOUND, again=reshape),
    Scenario("provision ∥ deprovision, provision", (provision, RECREATE)),
    Scenario("deprovision ∥ deprovision, provision", (deprovision, RECREATE), setup=INSTANCE),
    Scenario("update ∥ deprovision, provision", (update, RECREATE), setup=INSTANCE),
    Scenario("bind ∥ deprovision, provision", (bind, RECREATE), setup=INSTANCE),
    Scenario("unbind ∥ unbind, bind", (unbind, REBIND), setup=BOUND),
    Scenario("bind ∥ unbind, bind, credentials once", (bind, REBIND), ONCE, INSTANCE),
)
# Too wide to be walked in the suite: at random there, whole with ``make explore``.
WIDE = (
    Scenario("provision ∥ abandon", (provision, abandon_instance), again=abandon_and_clean),
    Scenario("abandon ∥ bind", (abandon_instance, bind), setup=INSTANCE, again=abandon_and_clean),
    Scenario("repair ∥ unbind", (repair, unbind), RETRIEVABLE, MEDDLED_WITH, again=repair),
    Scenario("repair ∥ rotate", (repair, rotate), RETRIEVABLE, MEDDLED_WITH, again=repair),
    Scenario("rotate ∥ rotate, rolled back", (rotate, rotate_and_go_back), setup=BOUND),
    Scenario("repair ∥ repair", (repair, repair), ONCE, MEDDLED_WITH),
    Scenario("repair ∥ repair, no record", (repair, repair), setup=WITHOUT_RECORD, again=repair),
    Scenario(
        "repair ∥ deprovision, no record",
        (repair, deprovision),
        setup=WITHOUT_RECORD,
        again=repair_or_clean_up,
    ),
    Scenario("repair ∥ clean, no record", (repair, clean), setup=WITHOUT_RECORD, again=repair),
)
BY_NAME = {scenario.name: scenario for scenario in (*SINGLE, *PAIRS, *WIDE)}
