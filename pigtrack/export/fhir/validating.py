"""Holds every resource against the release's own structure before it is handed out."""

import importlib
from collections.abc import Iterable
from typing import Any

from pigtrack.errors import ExportError
from pigtrack.export.fhir.coding import Release, Resource

_PACKAGES = {Release.R4B: "fhir.resources.R4B", Release.R5: "fhir.resources"}


def require_fhir(release: Release) -> Any:
    """Return the package that knows a release.

    Raises
    ------
    ExportError
        If it is not installed.
    """
    try:
        return importlib.import_module(_PACKAGES[release])
    except ImportError as fault:
        raise ExportError(
            "An export in FHIR needs pigtrack[fhir].", "Install it: pip install 'pigtrack[fhir]'."
        ) from fault


def refuse_invalid(resources: Iterable[Resource], release: Release) -> None:
    """Check resources one by one.

    Raises
    ------
    ExportError
        If one is not as the release says; then what was told of the course holds something FHIR can't say.
    """
    package = require_fhir(release)
    for resource in resources:
        model = package.get_fhir_model_class(resource["resourceType"])
        try:
            model.model_validate(resource)
        except ValueError as fault:  # pydantic's errors are of this kind
            told = " ".join(line.strip() for line in str(fault).splitlines()[1:3]).partition(" [type=")[0]
            raise ExportError(
                f"A {resource['resourceType']} can't be said in FHIR {release}: {told}.",
                "Mend what the course says there, or export in another format.",
            ) from fault
