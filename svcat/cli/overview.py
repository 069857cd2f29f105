"""What ``svcat`` alone shows: the commands by what people come for, the first ones first."""

from typing import Any

from typer.core import TyperGroup

from svcat.cli.called_as import as_typed

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Find a service", ("marketplace", "search", "compare", "explain")),
    ("Use it", ("provision", "bind", "inject", "env", "run")),
    ("Look", ("get", "describe", "status", "tree", "events")),
    ("Change it", ("update", "upgrade", "rotate", "touch", "create")),
    ("Take it away", ("eject", "unbind", "deprovision", "delete")),
    ("Brokers", ("register", "sync", "broker", "deregister")),
    ("When something is wrong", ("doctor", "resume", "wait", "orphans", "abandon")),
    ("This program", ("help", "completion", "install", "export", "version")),
)


class Overview(TyperGroup):
    """The root, whose help lists its commands in sections."""

    def get_help(self, ctx: Any) -> str:
        """Return the help, with examples as they are typed."""
        return as_typed(super().get_help(ctx))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the sections; a run that built one branch only has less to show."""
        widest = max(len(name) for _, names in SECTIONS for name in names)
        for title, names in SECTIONS:
            rows = [
                (name.ljust(widest), self._sentence(name, formatter.width - 6 - widest))
                for name in names
                if name in self.list_commands(ctx)
            ]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def _sentence(self, name: str, width: int) -> str:
        return str(self.commands[name].get_short_help_str(width))
