"""What every answer must mean, written down from the spec's tables before looking at any code.

Sources: OSB 2.17 (status codes of each endpoint, Orphan Mitigation) and the decisions recorded in
docs/reference/osb-rules.md. One row, one class of answers; six columns for the ten calls.

D done, A accepted, R refused, L retry later, U unknown, G gone, N not sent;
``!`` the orphan table says delete.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from svcat.osb.models import Call, Outcome
from svcat.osb.outcome import Body

COLUMNS = {
    Call.PROVISION: 0,
    Call.BIND: 0,
    Call.UPDATE: 1,
    Call.DEPROVISION: 2,
    Call.UNBIND: 2,
    Call.POLL_INSTANCE: 3,
    Call.POLL_BINDING: 3,
    Call.FETCH_INSTANCE: 4,
    Call.FETCH_BINDING: 4,
    Call.CATALOG: 5,
}

FIRST_SEND = """
# status    body                                       create update delete poll fetch catalog
100-199     *                                            U      U      U      U    U     U
200         valid                                        D      D      D      D    D     D
200         {}                                           D      D      D      U    D     U
200         empty                                        U      D      D      U    U     U
200         wrong type|not JSON|truncated|too large      U      U      D      U    U     U
201         valid|{}                                     D      U      U!     U    U     U
201         empty|wrong type|not JSON|truncated|too large U!    U      U!     U    U     U
202         valid|{}                                     A      A      A      U    U     U
202         empty|wrong type|not JSON|truncated|too large U!    U      A      U    U     U
203-299     *                                            U!     U      U!     U    U     U
300-303     *                                            U      U      U      U    U     U
304         *                                            U      U      U      U    U     D
305-399     *                                            U      U      U      U    U     U
400-407     *                                            R      R      R      U    R     R
408         *                                            L      L      L      L    L     L
409         *                                            R      R      R      U    R     R
410         *                                            R      R      G      G    R     R
411-428     *                                            R      R      R      U    R     R
429         *                                            L      L      L      L    L     L
430-499     *                                            R      R      R      U    R     R
500-599     *                                            U!     U      U!     U    U     U
"""

# After a send whose answer was lost, a 4xx no longer proves that nothing is there.
RE_SENT = """
100-199     *                                            U      U      U      U    U     U
200         valid                                        D      D      D      D    D     D
200         {}                                           D      D      D      U    D     U
200         empty                                        U      D      D      U    U     U
200         wrong type|not JSON|truncated|too large      U      U      D      U    U     U
201         valid|{}                                     D      U      U!     U    U     U
201         empty|wrong type|not JSON|truncated|too large U!    U      U!     U    U     U
202         valid|{}                                     A      A      A      U    U     U
202         empty|wrong type|not JSON|truncated|too large U!    U      A      U    U     U
203-299     *                                            U!     U      U!     U    U     U
300-303     *                                            U      U      U      U    U     U
304         *                                            U      U      U      U    U     D
305-399     *                                            U      U      U      U    U     U
400-407     *                                            U!     U      R      U    R     R
408         *                                            L      L      L      L    L     L
409         *                                            U      U      R      U    R     R
410         *                                            U!     U      G      G    R     R
411-428     *                                            U!     U      R      U    R     R
429         *                                            L      L      L      L    L     L
430-499     *                                            U!     U      R      U    R     R
500-599     *                                            U!     U      U!     U    U     U
"""

# Without a status, whatever the number of sends.
NO_STATUS = """
lost        *                                            U!     U      U      U    U     U
not-sent    *                                            N      N      N      N    N     N
"""

LETTERS = {
    "D": Outcome.DONE,
    "A": Outcome.ACCEPTED,
    "R": Outcome.REFUSED,
    "L": Outcome.RETRY_LATER,
    "U": Outcome.UNKNOWN,
    "G": Outcome.GONE,
    "N": Outcome.NOT_SENT,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One cell."""

    status: str
    body: Body
    call: Call
    expected: Outcome
    mitigate: bool


def cases(table: str) -> Iterator[Case]:
    """All cells of a table."""
    for line in table.strip().splitlines():
        if line.startswith("#"):
            continue
        head, *cells = line.rsplit(maxsplit=6)
        statuses, words = head.split(maxsplit=1)
        bodies = list(Body) if words == "*" else [Body(word) for word in words.split("|")]
        for status in _statuses(statuses):
            for body in bodies:
                for call, column in COLUMNS.items():
                    letter = cells[column]
                    yield Case(status, body, call, LETTERS[letter[0]], letter.endswith("!"))


def _statuses(text: str) -> list[str]:
    first, dash, last = text.partition("-")
    if not dash or not first.isdigit():
        return [text]
    return [str(status) for status in range(int(first), int(last) + 1)]
