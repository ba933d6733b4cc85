"""Where a request goes. Azure's older API has the model in the path, as the name of its place there, and its own version
in the query.

Spec: https://learn.microsoft.com/azure/ai-foundry/openai/reference. The base URL ends in `/openai`.
"""

from __future__ import annotations

from urllib.parse import quote

from dragoman.errors import invalid
from dragoman.model.profile import Profile


def build_path(path: str, model: str, profile: Profile) -> str:
    """The path of an operation for a model, which is one segment whatever is in its name."""
    if profile.api_version is None:
        return path
    if model in {"", ".", ".."}:
        raise invalid("This is not the name of a model.", "model")
    return f"/deployments/{quote(model, safe='')}{path}?api-version={quote(profile.api_version, safe='')}"
