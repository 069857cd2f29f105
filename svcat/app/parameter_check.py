"""Parameters for a plan: typed and held against its schema before anything is written or sent.

Values from Secrets are read for the check and forgotten: the use-case reads them again when it
sends. A schema that cannot be used never blocks: the broker has the last word.
"""

from collections.abc import Callable

from msgspec.structs import replace

from svcat.app import binding_order, provisioning, secret_parameters
from svcat.app.catalog import PlanOffer, plan_of
from svcat.app.lookup import broker_at
from svcat.app.misfits import complaints
from svcat.app.parameter_words import spelled
from svcat.app.parameters import Composed, Given, Place, compose, merge_defaults, secret_looking
from svcat.app.ports import Ports, Verdict
from svcat.app.provisioning import ordered_plan
from svcat.app.requests import merge_parameters
from svcat.errors import Invalid
from svcat.osb.models import JsonObject
from svcat.osb.plan_schema import PlanSchema, Use, schema_of
from svcat.store.records import BindingRecord, InstanceRecord, SecretKeyRef

Excuse = Callable[[JsonObject | None], bool]
Ask = Callable[[PlanSchema, Given], Given]  # asks the user for what a schema describes


def for_provision(
    order: provisioning.Order,
    given: Given,
    ports: Ports,
    *,
    defaults: JsonObject | None = None,
    ask: Ask | None = None,
) -> provisioning.Order:
    """Return ``order`` with the parameters given, and asked for, over ``defaults``.

    Raises Invalid naming every place that does not fit, UsageError, NotFound, Conflict.
    """
    offer = ordered_plan(order, ports)
    given = _asked(given, offer, Use.PROVISION, ask)

    def is_there(parameters: JsonObject | None) -> bool:
        found = ports.records.find(InstanceRecord, order.namespace, order.name)
        return found is not None and (found.parameters or None) == parameters

    parameters = checked(
        given,
        offer,
        Use.PROVISION,
        order.namespace,
        ports,
        defaults=merge_defaults(defaults, offer.defaults),
        is_excused=is_there,
    )
    return replace(order, parameters=parameters, secret_refs=given.secret_refs)


def for_bind(
    order: binding_order.Order,
    given: Given,
    ports: Ports,
    *,
    defaults: JsonObject | None = None,
    ask: Ask | None = None,
) -> binding_order.Order:
    """Return ``order`` with its parameters. Raises as for a provision."""
    instance = ports.records.load(InstanceRecord, order.namespace, order.instance)
    broker = broker_at(instance.broker, ports)
    offer = plan_of(broker, instance.service_id, instance.plan_id, ports)
    if offer is not None and not offer.service.plan_is_bindable(offer.plan):
        offer = None  # the bind will be refused; its schema counts for nothing (OSB 2.17, Schemas)
    given = _asked(given, offer, Use.BIND, ask)

    def is_there(parameters: JsonObject | None) -> bool:
        name = order.name or order.instance
        found = ports.records.find(BindingRecord, order.namespace, name)
        return found is not None and (found.parameters or None) == parameters

    parameters = checked(
        given, offer, Use.BIND, order.namespace, ports, defaults=defaults, is_excused=is_there
    )
    return replace(order, parameters=parameters, secret_refs=given.secret_refs)


def checked(
    given: Given,
    offer: PlanOffer | None,
    use: Use,
    namespace: str,
    ports: Ports,
    *,
    defaults: JsonObject | None = None,
    is_excused: Excuse = lambda _: False,
) -> JsonObject | None:
    """Return the parameters given, typed by the plan's schema and held against it.

    ``offer`` None: the catalog has the plan no more; then words stay text. Whoever ``is_excused``
    asks for what is there already. Raises Invalid, UsageError, NotFound.
    """
    schema = schema_of(offer.plan, use) if offer else None
    composed = compose(given, schema)
    _warn_of_secrets(composed, schema, ports)
    parameters = merge_defaults(_besides_secrets(defaults, given, namespace, ports), composed.value)
    if offer is None or schema is None or not given.is_validated:
        return parameters
    _, sources = secret_parameters.pin(given.secret_refs, namespace, ports)
    whole = merge_parameters(parameters, sources) or {}
    verdict = ports.schemas.check(schema.raw, _without_unset(whole, composed))
    _tell(verdict, offer, ports)
    origins = _origins(given.secret_refs, sources)
    lines = list(
        complaints(
            verdict.misfits,
            whole,
            schema,
            where=lambda place: _origin(place, origins) or composed.where(place),
            from_secrets=frozenset(origins),
        )
    )
    if lines and not is_excused(parameters):
        raise _misfit(lines, offer)
    return parameters


def _besides_secrets(
    defaults: JsonObject | None, given: Given, namespace: str, ports: Ports
) -> JsonObject | None:
    """Return the defaults of what no Secret gives."""
    if not defaults or not given.secret_refs:
        return defaults
    _, sources = secret_parameters.pin(given.secret_refs, namespace, ports)
    taken = {name for source in sources for name in source}
    return {name: value for name, value in defaults.items() if name not in taken}


def _asked(given: Given, offer: PlanOffer | None, use: Use, ask: Ask | None) -> Given:
    schema = schema_of(offer.plan, use) if offer else None
    return given if ask is None or schema is None else ask(schema, given)


def _tell(verdict: Verdict, offer: PlanOffer, ports: Ports) -> None:
    about = f"the schema of plan {offer.name}"
    if verdict.skipped:
        ports.warn(f"parameters are not validated, the broker decides: {about}: {verdict.skipped}")
    for remark in verdict.remarks:
        ports.warn(f"{about}: {remark}")


def _origins(refs: tuple[SecretKeyRef, ...], sources: list[JsonObject]) -> dict[str, str]:
    """Return which Secret each parameter comes from."""
    named = [f"Secret {ref.name}[{ref.key}]" if ref.key else f"Secret {ref.name}" for ref in refs]
    return {name: text for text, source in zip(named, sources, strict=True) for name in source}


def _origin(place: Place, origins: dict[str, str]) -> str:
    return origins.get(str(place[0]), "") if place else ""


def _without_unset(parameters: JsonObject, composed: Composed) -> JsonObject:
    """Leave out what is to be unset: null says "take it back", whatever the schema's type."""
    for word in composed.words:
        if word.text is None:
            parameters = _without(parameters, word.path)
    return parameters


def _without(value: JsonObject, path: tuple[str, ...]) -> JsonObject:
    first, rest = path[0], path[1:]
    if not rest:
        return {name: member for name, member in value.items() if name != first}
    inner = _without(value[first], rest)
    return {**value, first: inner} if inner else _without(value, (first,))


def _warn_of_secrets(composed: Composed, schema: PlanSchema | None, ports: Ports) -> None:
    for word in secret_looking(composed, schema):
        name = spelled(word.path)
        ports.warn(
            f"parameter {name!r} looks like a secret: given with -p it is in the shell's history "
            "and in the record; put it into a Secret and give that: --secret NAME[KEY]"
        )


def _misfit(lines: list[str], offer: PlanOffer) -> Invalid:
    hint = f"what there is: svcat explain {offer.name}; --no-validate leaves it to the broker"
    if len(lines) == 1:
        return Invalid(lines[0], hint=hint)
    message = f"{len(lines)} parameters do not fit plan {offer.name}"
    return Invalid(message, hint=hint, details=tuple(lines))
