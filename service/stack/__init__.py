"""Real Postgres, Valkey and SeaweedFS in one folder, where no URL names a server that runs elsewhere."""

from service.stack.addresses import Addresses, S3Address
from service.stack.errors import StackError
from service.stack.local import LocalStack, running_addresses

__all__ = ["Addresses", "LocalStack", "S3Address", "StackError", "running_addresses"]
