"""Real Postgres, Valkey and SeaweedFS in one folder, where no URL names a server that runs elsewhere."""

from service.local.stack.addresses import Addresses, S3Address
from service.local.stack.errors import StackError
from service.local.stack.local_stack import LocalStack, running_addresses

__all__ = ["Addresses", "LocalStack", "S3Address", "StackError", "running_addresses"]
