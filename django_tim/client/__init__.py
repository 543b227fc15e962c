"""The typed client: from an endpoint and a payload to an answer, or to an exception."""
