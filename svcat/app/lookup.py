"""Finding records by the words people use; ambiguity is an error that names the candidates."""

from svcat.app.ports import Ports
from svcat.errors import Conflict, Forbidden, NotFound, UsageError
from svcat.store import names, user_provided
from svcat.store.records import (
    BindingRecord,
    BrokerRecord,
    BrokerRef,
    InstancePhase,
    InstanceRecord,
    Scope,
)


def bindings_of(instance: InstanceRecord, ports: Ports) -> list[BindingRecord]:
    """Return the bindings of exactly this instance, not of a former one of the same name."""
    selector = names.selector(instance=instance.name)
    found = ports.records.list(BindingRecord, instance.namespace, selector=selector)
    return [binding for binding in found if binding.instance_id == instance.instance_id]


def is_open_for(binding: BindingRecord, ports: Ports) -> bool:
    """Whether the instance is (still) there to be bound: the second look of rule R12."""
    instance = ports.records.find(InstanceRecord, binding.namespace, binding.instance)
    return (
        instance is not None and binding.is_of(instance) and instance.phase is InstancePhase.READY
    )


def names_to_unbind(instance: str, wanted: list[str], namespace: str, ports: Ports) -> list[str]:
    """Return the bindings that ``unbind [INSTANCE] [--name ...]`` means.

    By instance they are found by label: the instance itself may be gone.

    Raises NotFound, UsageError.
    """
    if not instance and not wanted:
        raise UsageError(
            "an instance or binding name is required",
            hint="svcat unbind INSTANCE, or svcat unbind --name BINDING",
        )
    if not instance:
        return wanted
    selector = names.selector(instance=instance)
    found = {b.name for b in ports.records.list(BindingRecord, namespace, selector=selector)}
    if foreign := [name for name in wanted if name not in found]:
        raise NotFound(
            f"binding {foreign[0]!r} of instance {instance!r} not found in namespace {namespace}",
            hint=f"see what there is: svcat get bindings --instance {instance} -n {namespace}",
        )
    if not found:
        ports.records.load(InstanceRecord, namespace, instance)
    return wanted or sorted(found)


def instances_of_plan(
    broker: BrokerRecord, plan_id: str, namespace: str, ports: Ports
) -> list[InstanceRecord]:
    """Return the instances of a plan in ``namespace``, by name."""
    selector = names.selector(broker=broker.name)
    found = ports.records.list(InstanceRecord, namespace, selector=selector)
    users = [i for i in found if i.broker == broker.ref and i.plan_id == plan_id]
    return sorted(users, key=lambda instance: instance.name)


def broker_at(ref: BrokerRef, ports: Ports) -> BrokerRecord:
    """Return the registration that a record refers to. Raises NotFound."""
    if user_provided.is_ours(ref):
        return user_provided.registration(ref.namespace)
    namespace = ref.namespace or ports.system_namespace
    record = ports.records.find(BrokerRecord, namespace, ref.name)
    if record is None:
        raise NotFound(
            f"broker {ref.name!r} is not registered {_in_scope(ref)}",
            hint=f"register it again: svcat register {ref.name} --url ... --scope {ref.scope}",
        )
    return record


def find_broker(name: str, namespace: str, scope: Scope | None, ports: Ports) -> BrokerRecord:
    """Return the one broker of that name; ``scope=None`` looks in both scopes.

    Raises NotFound, Conflict.
    """
    places = []
    if scope is not Scope.CLUSTER:
        places.append(namespace)
    if scope is not Scope.NAMESPACE and ports.system_namespace not in places:
        places.append(ports.system_namespace)
    found: list[BrokerRecord] = []
    for place in places:
        try:
            record = ports.records.find(BrokerRecord, place, name)
        except Forbidden:
            if found:  # cluster-wide brokers are not for everybody's eyes
                break
            raise
        found += [record] if record else []
    if not found:
        raise NotFound(
            f"broker {name!r} not found{_where(namespace, scope)}",
            hint=_brokers_like(name, namespace, scope, ports)
            or "see what there is: svcat get brokers -A",
        )
    if len(found) > 1:
        raise Conflict(
            f"there are two brokers {name!r}: cluster-wide and in namespace {namespace}",
            hint="say which: --scope cluster or --scope namespace",
        )
    return found[0]


def _brokers_like(name: str, namespace: str, scope: Scope | None, ports: Ports) -> str:
    try:
        known = [broker.name for broker in visible_brokers(namespace, scope, ports)]
    except Forbidden:
        return ""
    return names.close_to(name, known)


def visible_brokers(
    namespace: str, scope: Scope | None, ports: Ports, *, selector: str = ""
) -> list[BrokerRecord]:
    """Return the brokers that namespace ``namespace`` (all if empty) can use, sorted by name.

    Who may not look into the system namespace works with the brokers of the own one.
    """
    found: list[BrokerRecord] = []
    if not namespace:
        found = list(ports.records.list(BrokerRecord, selector=selector))
    else:
        if scope is not Scope.CLUSTER:
            found += ports.records.list(BrokerRecord, namespace, selector=selector)
        if scope is not Scope.NAMESPACE and namespace != ports.system_namespace:
            found += _cluster_wide(
                ports, selector, is_all=scope is Scope.CLUSTER, has_others=bool(found)
            )
    wanted = [record for record in found if scope is None or record.scope is scope]
    return sorted(wanted, key=lambda record: (record.name, record.namespace))


def _cluster_wide(
    ports: Ports, selector: str, *, is_all: bool, has_others: bool
) -> list[BrokerRecord]:
    try:
        return list(ports.records.list(BrokerRecord, ports.system_namespace, selector=selector))
    except Forbidden as error:
        if is_all:
            raise
        if not has_others:
            ports.warn(f"brokers for the whole cluster are hidden from you: {error.message}")
        return []


def _in_scope(ref: BrokerRef) -> str:
    return f"in namespace {ref.namespace}" if ref.namespace else "cluster-wide"


def _where(namespace: str, scope: Scope | None) -> str:
    if scope is Scope.CLUSTER:
        return " in cluster scope"
    if scope is Scope.NAMESPACE:
        return f" in namespace {namespace}"
    return f" in namespace {namespace} or cluster-wide"
