"""The code of what is checked and played but cannot go live yet (E599). Owns the text; `runtime.undurable` the list."""

from __future__ import annotations

from treadle.dsl.code_examples import A_NOTE, a_rule
from treadle.dsl.codes import Code

NOT_LIVE_YET = Code(
    number="E599",
    summary="what does not go live yet",
    message="`{construct}` can be checked and tried with this version, but does not go live yet",
    explanation="`treadle check` has nothing to say of the file, and `treadle test` and `treadle run` play it. Only "
    "`treadle publish` and `treadle up` leave it out, because no worker of this version can bring such a run through a "
    "restart.",
    wrong=a_rule(A_NOTE, head="after 5 min of quiet"),
    right=a_rule(A_NOTE),
)
