"""The whole API as documents that other tools import: OpenAPI, Postman. No Django, no secret."""

from .openapi import openapi
from .postman import postman

__all__ = ["openapi", "postman"]
