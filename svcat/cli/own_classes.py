"""``create class``, ``delete class``: a broker's class under your own name, with defaults."""

from typing import TYPE_CHECKING, Annotated

import typer

from svcat.cli import groups, parameters
from svcat.cli.call import Call
from svcat.cli.command import command
from svcat.cli.options import (
    BrokerName,
    ErrorUnchanged,
    FindScope,
    KubeName,
    Param,
    ParamsJson,
    WriteScope,
    read_scope,
    write_scope,
)
from svcat.errors import UsageError

if TYPE_CHECKING:
    from svcat.app.catalog import Offering
    from svcat.app.parameters import Given
    from svcat.osb.models import JsonObject

Name = Annotated[str, typer.Argument(help="The name of your class.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to ``app``."""
    command(groups.create(app), "class", "classes", "cl", mutates=True)(create)
    command(groups.delete(app), "class", "classes", "cl", mutates=True)(delete)


def create(
    call: Call,
    name: Name,
    from_class: Annotated[
        str, typer.Option("--from", "-f", metavar="CLASS", help="The class to make it of.")
    ],
    plan: Annotated[
        list[str] | None,
        typer.Option("--plan", help="Only this plan; repeatable; one need not be named later."),
    ] = None,
    param: Param = None,
    params_json: ParamsJson = "",
    params_file: Annotated[
        list[str] | None,
        typer.Option("--params-file", metavar="FILE", help="Default parameters from a file."),
    ] = None,
    plan_params: Annotated[
        list[str] | None,
        typer.Option(
            "--plan-params",
            metavar="PLAN=JSON",
            help="Default parameters of one plan; they go over those of the class.",
        ),
    ] = None,
    broker: BrokerName = "",
    kube_name: KubeName = False,
    scope: WriteScope = "namespace",
    error_unchanged: ErrorUnchanged = False,
) -> None:
    """Make a class of your own.

    Another one with default parameters, or with fewer plans.
    What is given to provision goes over the plan's defaults, and these over the class's.

    Examples:
      svcat create class team-db --from postgresql --plan small -p extensions=pgcrypto
      svcat create class db --from postgresql --plan-params 'large={"size_gb": 200}'
      svcat provision orders --class team-db
    """
    from svcat.app import presets
    from svcat.app.catalog import find_class
    from svcat.output.catalog import class_row

    base = find_class(from_class, call.namespace, call.ports, broker=broker, by_id=kube_name)
    if base.preset is not None:
        raise UsageError(
            f"class {from_class!r} is itself of your own making",
            hint=f"make it of a broker's class: --from {base.preset.service_name}",
        )
    # Defaults need not be whole: what is required may be given later, and is checked then.
    given = parameters.given(param, params_json, params_file, validate=False)
    wanted = presets.Wanted(
        name=name,
        namespace=call.namespace,
        scope=write_scope(scope),
        plans=tuple(plan or ()),
        parameters=_defaults(call, base, plan, given),
        plan_parameters=dict(_of_plan(text) for text in plan_params or ()),
    )
    made, is_new = presets.create(wanted, base, call.ports)
    if not is_new:
        call.unchanged(f"class/{name}", is_error=error_unchanged)
    call.show(class_row(made.broker, made.service, made.preset))


def delete(call: Call, name: Name, scope: FindScope = None) -> None:
    """Delete a class of your own.

    Instances that were made of it stay as they are.

    Example: svcat delete class team-db
    """
    from svcat.app import presets
    from svcat.output.messages import removed

    gone = presets.delete(name, call.namespace, read_scope(scope), call.ports)
    call.show(removed("Class", name, gone.namespace, f"deleted {name}"))


def _defaults(
    call: Call, base: "Offering", plans: list[str] | None, given: "Given"
) -> "JsonObject | None":
    """Return the class's default parameters, typed by the schema of its (first) plan."""
    from svcat.app.catalog import find_plan
    from svcat.app.parameter_check import checked
    from svcat.osb.plan_schema import Use

    offers = [find_plan(base, plan) for plan in plans or ()] or list(base.with_plans())
    return checked(given, offers[0] if offers else None, Use.PROVISION, call.namespace, call.ports)


def _of_plan(text: str) -> "tuple[str, JsonObject]":
    from svcat.cli.parameter_files import as_object

    plan, equals, value = text.partition("=")
    if not equals or not plan:
        raise UsageError("invalid --plan-params value", hint='it looks like PLAN={"NAME": VALUE}')
    return plan, as_object(value, f"--plan-params {plan}")
