"""What `export_client` gives, as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

FILE_NAME = "my-data.json"


def as_document(data: Mapping[str, Any]) -> str:
    """For people: indented, and in their own letters."""
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def as_line(data: Mapping[str, Any]) -> str:
    """For programs."""
    return json.dumps(data, cls=DjangoJSONEncoder)
