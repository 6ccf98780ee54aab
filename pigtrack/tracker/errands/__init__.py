"""What a server does because somebody asked on a page: exports, checks, figures over the whole clinic.

`running` is the server's side; `worker` is a process of its own for each errand, as they import what measures and
draws. One is worked at, the others wait.
"""

from pigtrack.tracker.errands.running import Errands

__all__ = ["Errands"]
