"""Classes and plans out of the cached catalogs, by the names that people use."""

from collections.abc import Iterator
from dataclasses import dataclass

from svcat.app import presets, restrictions
from svcat.app.brokers import is_outdated
from svcat.app.lookup import visible_brokers
from svcat.app.parameters import merge_defaults
from svcat.app.ports import Ports
from svcat.errors import Conflict, NotFound, UsageError
from svcat.osb.catalog import decode_cached_catalog
from svcat.osb.models import Catalog, JsonObject, Plan, ServiceOffering
from svcat.store import user_provided
from svcat.store.kube_names import kube_name
from svcat.store.names import close_to
from svcat.store.records import BrokerRecord, PresetRecord, Scope


@dataclass(frozen=True, slots=True)
class Offering:
    """A class: an offering of one broker."""

    broker: BrokerRecord
    service: ServiceOffering
    preset: PresetRecord | None = None  # of the user's own making

    def defaults_of(self, plan: Plan) -> JsonObject | None:
        """Return the default parameters: those of the plan go over those of the class."""
        if self.preset is None:
            return None
        return merge_defaults(self.preset.parameters, self.preset.plan_parameters.get(plan.id))

    def with_plans(self) -> Iterator["PlanOffer"]:
        """Give its plans."""
        return (self.plan_offer(plan) for plan in self.service.plans)

    def plan_offer(self, plan: Plan) -> "PlanOffer":
        """Return one of its plans, as offered."""
        return PlanOffer(self.broker, self.service, plan, self.defaults_of(plan), self.preset)


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """A plan of a class of one broker."""

    broker: BrokerRecord
    service: ServiceOffering
    plan: Plan
    defaults: JsonObject | None = None  # parameters, unless others are given
    preset: PresetRecord | None = None  # if its class is of the user's own making

    @property
    def name(self) -> str:
        """CLASS/PLAN."""
        return f"{self.service.name}/{self.plan.name}"


def offered_catalog(broker: BrokerRecord, ports: Ports, *, names_only: bool = False) -> Catalog:
    """Return what of a broker's catalog may be ordered: its registration may restrict it.

    ``names_only``: names and a few words will do. Raises NotFound if it was never fetched.
    """
    if names_only and not user_provided.is_ours(broker.ref):
        catalog = decode_cached_catalog(ports.catalogs.load_outline(broker))
    else:
        catalog = load_catalog(broker, ports)
    return restrictions.offered(catalog, broker.class_restrictions, broker.plan_restrictions)


def load_catalog(broker: BrokerRecord, ports: Ports) -> Catalog:
    """Return a broker's catalog as last fetched. Raises NotFound if it never was."""
    if user_provided.is_ours(broker.ref):
        return user_provided.CATALOG
    return decode_cached_catalog(ports.catalogs.load(broker))


def offerings(
    namespace: str,
    ports: Ports,
    *,
    scope: Scope | None = None,
    broker: str = "",
    names_only: bool = False,
) -> list[Offering]:
    """Return the classes that ``namespace`` (all if empty) can use, by name; presets too.

    A broker whose catalog was never fetched gets a warning, not a failure. Raises NotFound if there
    is none of the name ``broker``. ``names_only``: names and a few words will do.
    """
    found = _of_brokers(namespace, ports, scope=scope, broker=broker, names_only=names_only)
    found += presets.offered(namespace, found, scope, ports)
    return sorted(found, key=lambda offering: (offering.service.name, offering.broker.name))


def _of_brokers(
    namespace: str, ports: Ports, *, scope: Scope | None, broker: str, names_only: bool = False
) -> list[Offering]:
    found: list[Offering] = []
    for record in _brokers(broker, namespace, scope, ports):
        try:
            catalog = offered_catalog(record, ports, names_only=names_only)
        except NotFound as error:
            ports.warn(f"{error.message}; {error.hint}")
            continue
        if record.fetched_at and is_outdated(record, ports.records.now()):
            ports.warn(
                f"the catalog of broker {record.name!r} is of {record.fetched_at:%Y-%m-%d %H:%M} "
                f"UTC; fetch it again: svcat sync broker {record.name}"
            )
        found += (Offering(record, service) for service in catalog.services)
    return found


def find_class(
    name: str,
    namespace: str,
    ports: Ports,
    *,
    scope: Scope | None = None,
    broker: str = "",
    by_id: bool = False,
) -> Offering:
    """Return the one class of that name (or id); a preset if no broker has one of that name.

    Raises NotFound, Conflict.
    """
    known = _of_brokers(namespace, ports, scope=scope, broker=broker)
    if by_id:
        found = [o for o in known if _is_id(name, o.service.id)]
    else:
        found = [o for o in known if o.service.name == name]
        found = found or presets.named(name, namespace, known, scope, ports)
        found = found or [o for o in known if o.service.id == name]
    if not found:
        raise NotFound(
            f"class {name!r} not found {_where(namespace, scope)}",
            hint=close_to(name, [o.service.name for o in known])
            or "see what there is: svcat marketplace",
        )
    if len(found) > 1:
        brokers = ", ".join(o.broker.name for o in found)
        if len({o.broker.ref for o in found}) == 1:
            raise Conflict(
                f"broker {found[0].broker.name!r} offers class {name!r} more than once",
                hint=f"say which by its id: --class {' | '.join(o.service.id for o in found)}",
            )
        raise Conflict(
            f"class {name!r} is offered more than once, by the brokers {brokers}",
            hint=f"say whose: --broker {found[0].broker.name}",
        )
    return found[0]


def find_plan(offering: Offering, name: str, *, by_id: bool = False) -> PlanOffer:
    """Return the plan of that name (or id); with no name, the only one. Raises NotFound."""
    plans = offering.service.plans
    if not name:
        if len(plans) == 1:
            return offering.plan_offer(plans[0])
        raise UsageError(
            f"class {offering.service.name!r} has {len(plans)} plans; say which",
            hint=f"--plan {' | '.join(plan.name for plan in plans)}",
        )
    found = [p for p in plans if (_is_id(name, p.id) if by_id else name == p.name)]
    found = found or [p for p in plans if p.id == name]
    if not found:
        raise NotFound(
            f"plan {name!r} not found in class {offering.service.name!r}",
            hint=close_to(name, [p.name for p in plans])
            or f"see its plans: svcat get plans --class {offering.service.name}",
        )
    if len(found) > 1:
        raise Conflict(
            f"class {offering.service.name!r} has more than one plan {name!r}",
            hint=f"say which by its id: --plan {' | '.join(p.id for p in found)}",
        )
    return offering.plan_offer(found[0])


def find_plans(
    name: str,
    namespace: str,
    ports: Ports,
    *,
    class_name: str = "",
    broker: str = "",
    scope: Scope | None = None,
    by_id: bool = False,
) -> list[PlanOffer]:
    """Return the plans that NAME, CLASS/PLAN or a class alone stand for. Raises NotFound."""
    if not class_name and "/" in name:
        class_name, _, name = name.partition("/")
    if class_name:
        offering = find_class(class_name, namespace, ports, scope=scope, broker=broker, by_id=by_id)
        return [find_plan(offering, name, by_id=by_id)] if name else list(offering.with_plans())
    found_in = offerings(namespace, ports, scope=scope, broker=broker)
    known = [plan for offering in found_in for plan in offering.with_plans()]
    if not name:
        return known
    found = [p for p in known if (_is_id(name, p.plan.id) if by_id else name == p.plan.name)]
    found = found or [p for p in known if p.plan.id == name]
    if not found:
        raise NotFound(
            f"plan {name!r} not found {_where(namespace, scope)}",
            hint=close_to(name, [p.plan.name for p in known])
            or "see what there is: svcat get plans",
        )
    return found


def find_one_plan(
    name: str,
    namespace: str,
    ports: Ports,
    *,
    class_name: str = "",
    broker: str = "",
    scope: Scope | None = None,
    by_id: bool = False,
) -> PlanOffer:
    """Return the one plan that NAME or CLASS/PLAN stands for. Raises NotFound, Conflict."""
    found = find_plans(
        name,
        namespace,
        ports,
        class_name=class_name,
        broker=broker,
        scope=scope,
        by_id=by_id,
    )
    if len(found) > 1:
        words = sorted({f"{p.name} of {p.broker.name}" for p in found})
        raise Conflict(
            f"{name!r} could be {', '.join(words)}",
            hint=f"say which: {found[0].name} --broker {found[0].broker.name}",
        )
    return found[0]


def find_several_plans(
    given: list[str], namespace: str, ports: Ports, *, broker: str = "", scope: Scope | None = None
) -> list[PlanOffer]:
    """Return the plans that words stand for, each once: CLASS/PLAN, PLAN, or CLASS for all its own.

    Raises NotFound, Conflict.
    """
    known = offerings(namespace, ports, scope=scope, broker=broker)
    found: list[PlanOffer] = []
    for word in given:
        of_class = [o for o in known if o.service.name == word]
        if len(of_class) == 1:
            found += of_class[0].with_plans()
        else:
            found.append(find_one_plan(word, namespace, ports, broker=broker, scope=scope))
    return list({(o.broker.namespace, o.broker.name, o.plan.id): o for o in found}.values())


def plan_of(broker: BrokerRecord, service_id: str, plan_id: str, ports: Ports) -> PlanOffer | None:
    """Return what the catalog says of a record's plan; None if it is offered no more."""
    try:
        catalog = load_catalog(broker, ports)
    except NotFound:
        return None
    for service in catalog.services:
        if service.id == service_id:
            for plan in service.plans:
                if plan.id == plan_id:
                    return PlanOffer(broker, service, plan)
    return None


def _brokers(name: str, namespace: str, scope: Scope | None, ports: Ports) -> list[BrokerRecord]:
    visible = visible_brokers(namespace, scope, ports)
    found = [broker for broker in visible if name in {"", broker.name}]
    if name and not found:
        raise NotFound(
            f"broker {name!r} not found {_where(namespace, scope)}",
            hint=close_to(name, [broker.name for broker in visible])
            or "see what there is: svcat get brokers -A",
        )
    return found


def _is_id(name: str, osb_id: str) -> bool:
    """Whether a name given with --kube-name is an id, or what Service Catalog made of it."""
    return name in {osb_id, kube_name(osb_id)}


def _where(namespace: str, scope: Scope | None) -> str:
    if scope is Scope.CLUSTER:
        return "in cluster scope"
    if not namespace:
        return "in any namespace"
    if scope is Scope.NAMESPACE:
        return f"in namespace {namespace}"
    return f"in namespace {namespace} or cluster-wide"
