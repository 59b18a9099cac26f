"""The OpenAPI document and the server agree, whatever a client sends."""

import re
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.main import create
from service.database import Database
from service.settings import Settings
from tests.conftest import Customer, new_customer

DOCUMENT: dict[str, Any] = create(Settings()).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
BOUNDED = hypothesis_settings(
    max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@pytest.fixture(scope="module")
def customer(database: Database, settings: Settings, base: str) -> Customer:
    """The tenant that all of the generated calls act for."""
    return new_customer(database, settings)


@SCHEMA.parametrize()
@BOUNDED
def test_no_call_is_a_fault_of_ours(case: Case, live: httpx.Client, customer: Customer) -> None:
    """Generated calls, valid and invalid, get documented answers of the documented form, and never a 5xx."""
    response = case.call(base_url=str(live.base_url), headers=customer.headers, timeout=20)
    case.validate_response(response, excluded_checks=[positive_data_acceptance])
