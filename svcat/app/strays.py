"""What a command made for a record that is gone: it takes that away again, or says what is left.

Whoever ended the record waited for the claim of this command to be over (rule R6). It was stopped
for longer than that, or the record was abandoned, and what it sent late was carried out.
"""

from svcat.app import entry_deletion, orphans, places
from svcat.app.operation import Session
from svcat.app.ports import Broker
from svcat.errors import Interrupted, SvcatError
from svcat.store.ledger_entry import LedgerEntry


def delete(entry: LedgerEntry, broker: Broker, session: Session, *, is_contested: bool) -> None:
    """Delete what no record leads to at its broker; with as much patience as there was.

    The ledger may have forgotten it: it is told again first. It forgets what is gone, unless that
    is contested: something could make it again (rule R6). Raises Interrupted.
    """
    ports = session.ports
    try:
        places.note_in_ledger(entry, ports)
        if entry.kind == "binding" and not orphans.is_beyond_repair(entry, ports):
            return
        entry_deletion.delete_at(broker, entry, Session(ports, session.patience))
    except SvcatError as error:
        _warn(entry, session, f" ({error.message})")
        if isinstance(error, Interrupted):
            raise
        return
    if is_contested:
        _warn(entry, session)
    else:
        places.strike_from_ledger(entry.id, ports)


def _warn(entry: LedgerEntry, session: Session, why: str = "") -> None:
    session.ports.warn(
        f"{entry.kind} id {entry.id} may be left at the broker{why}; see: svcat orphans list"
    )
