"""What a server does beside its answers: measures courses that changed, and draws what is to be shown of them.

`supervising` is the server's side: what is to be done next, and how far it is. `worker` is a process of its own, which
begins when there is something to do and ends when there is nothing: measuring needs memory, an idle server none.
What is to be measured stands in the record's jobs, as for `reprocess`: whoever is killed, it is taken up again.
"""

from pigtrack.tracker.background.supervising import Background

__all__ = ["Background"]
