"""Options that several commands share, given to each as one value.

A bundle is a NamedTuple whose fields are options as Typer takes them; a parameter of that type
stands for all of them, where it is. (A dataclass would cost every command a millisecond.)
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from svcat.cli.call import Call


def unfolded(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command's function with the options themselves in place of its bundles."""
    signature = inspect.signature(function)
    first, *rest = signature.parameters.values()
    bundles = {p.name: p.annotation for p in rest if _is_bundle(p.annotation)}
    if not bundles:
        return function

    @functools.wraps(function)
    def run(call: "Call", **given: Any) -> None:
        for name, bundle in bundles.items():
            given[name] = bundle(**{option: given.pop(option) for option in bundle._fields})
        function(call, **given)

    options = (option for parameter in rest for option in _options_of(parameter))
    run.__signature__ = signature.replace(parameters=[first, *options])  # type: ignore[attr-defined]
    return run


def _is_bundle(annotation: Any) -> bool:
    is_tuple = isinstance(annotation, type) and issubclass(annotation, tuple)
    return is_tuple and hasattr(annotation, "_fields")


def _options_of(parameter: Parameter) -> Iterator[Parameter]:
    bundle = parameter.annotation
    if not _is_bundle(bundle):
        yield parameter.replace(kind=Parameter.KEYWORD_ONLY)
        return
    for name, annotation in bundle.__annotations__.items():
        default = bundle._field_defaults[name]
        yield Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
