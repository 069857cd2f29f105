"""What a plan's schemas say of its parameters, found by ``CLASS/PLAN[.PARAMETER]``."""

from dataclasses import dataclass
from difflib import get_close_matches

from svcat.app.catalog import PlanOffer, find_class, find_one_plan, find_plan
from svcat.app.parameter_words import spelled, split_path
from svcat.app.ports import Ports
from svcat.errors import NotFound, UsageError
from svcat.osb.plan_schema import Parameter, Path, PlanSchema, Use, schema_of
from svcat.store.records import Scope


@dataclass(frozen=True, slots=True)
class Explained:
    """The parameters asked for, by what they are given to; ``problems`` are schemas of no use."""

    offer: PlanOffer
    path: Path
    uses: tuple[tuple[Use, tuple[Parameter, ...]], ...]
    problems: tuple[tuple[Use, str], ...] = ()


def explain(
    name: str, namespace: str, ports: Ports, *, scope: Scope | None = None, by_id: bool = False
) -> Explained:
    """Return what is known of a plan's parameters, or of one of them and its members.

    Raises NotFound, Conflict.
    """
    offer, path = _split(name, namespace, ports, scope=scope, by_id=by_id)
    schemas = [(use, s) for use in Use if (s := schema_of(offer.plan, use)) is not None]
    usable = [(use, schema) for use, schema in schemas if schema.root is not None]
    found = [(use, _parameters(schema, path)) for use, schema in usable]
    if path and not any(parameters for _, parameters in found):
        raise _unknown(offer, path, [schema for _, schema in usable])
    return Explained(
        offer,
        path,
        tuple((use, parameters) for use, parameters in found if parameters),
        tuple((use, schema.problem) for use, schema in schemas if schema.problem),
    )


def _parameters(schema: PlanSchema, path: Path) -> tuple[Parameter, ...]:
    if not path:
        return tuple(schema.parameters())
    if not schema.declares(path):
        return ()
    return (schema.parameter(path), *schema.parameters(path))


def _split(
    name: str, namespace: str, ports: Ports, *, scope: Scope | None, by_id: bool
) -> tuple[PlanOffer, Path]:
    """Tell the plan from the parameter; names of plans may have dots in them.

    The name of a class alone stands for its only plan.
    """
    first: NotFound | None = None
    end = len(name)
    while end > 0:
        try:
            offer = find_one_plan(name[:end], namespace, ports, scope=scope, by_id=by_id)
        except NotFound as error:
            first = first or error
            end = name.rfind(".", 0, end)
        else:
            rest = name[end + 1 :]
            return offer, split_path(rest) if rest else ()
    if first is None:
        raise NotFound("no plan is named", hint="see what there is: svcat marketplace")
    return _only_plan(name, namespace, ports, scope, first), ()


def _only_plan(
    name: str, namespace: str, ports: Ports, scope: Scope | None, error: NotFound
) -> PlanOffer:
    try:
        offering = find_class(name, namespace, ports, scope=scope)
    except NotFound:
        raise error from None
    plans = [offer.name for offer in offering.with_plans()]
    if len(plans) > 1:
        raise UsageError(
            f"class {name!r} has {len(plans)} plans; say which",
            hint=f"for example: svcat explain {plans[0]}",
        )
    return find_plan(offering, "")


def _unknown(offer: PlanOffer, path: Path, schemas: list[PlanSchema]) -> NotFound:
    known = sorted({spelled(p.path) for schema in schemas for p in schema.parameters()})
    close = get_close_matches(spelled(path), known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"see them all: svcat explain {offer.name}"
    return NotFound(f"plan {offer.name} has no parameter {spelled(path)!r}", hint=hint)
