import type { ErrorFacts } from '../errors.ts'

/** Controllers that are asked, and what they answer. */
export const bmcErrors = {
  BMC_ADDRESS_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{address} is no BMC address: {reason}',
    remedy: 'give host[:port] only, for example {example}',
  },
  BMC_NETWORK_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 65,
    message: '{network} in `--bmc-networks` is no network: {reason}',
    remedy: 'give networks as address/length, for example 10.1.0.0/16 or fd00:1::/64',
  },
  BMC_ADDRESS_REFUSED: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 2,
    message: 'BMC {address} is not contacted: its address {ip} {reason}',
    remedy: 'if that is where the BMC is, start every peer with `--bmc-networks` containing it, for example {network}',
  },
  BMC_UNREACHABLE: {
    grpc: 'UNAVAILABLE',
    http: 502,
    exit: 5,
    message: 'BMC {address} cannot be reached: {reason}',
    remedy:
      'check the address, the cable and the port; `curl -k https://{address}/redfish/v1/` from this peer should answer',
  },
  BMC_TIMED_OUT: {
    grpc: 'UNAVAILABLE',
    http: 504,
    exit: 7,
    message: 'BMC {address} did not finish {what} within {limitMs} ms',
    remedy: 'try again; a BMC that stays slow usually needs a restart of itself, which leaves its nodes running',
  },
  BMC_PIN_MISMATCH: {
    grpc: 'FAILED_PRECONDITION',
    http: 502,
    exit: 4,
    message:
      'BMC {address} shows another public key than the pinned one: SHA-256 {seen}, pinned {pinned}; no credential was sent',
    remedy:
      'find out whether its certificate was renewed; if it was, `trivet bmc update` with its address forgets the old key',
  },
  BMC_NOT_REDFISH: {
    grpc: 'UNAVAILABLE',
    http: 502,
    exit: 1,
    message: 'BMC {address} does not answer as a Redfish service: {reason}',
    remedy: 'check that the address is that of a BMC, and that Redfish is switched on in it',
  },
  BMC_AUTHENTICATION_FAILED: {
    grpc: 'FAILED_PRECONDITION',
    http: 502,
    exit: 4,
    message:
      'BMC {address} answered {status} to the credential of {username}; stopped after {tries} tries so that the BMC does not lock the account',
    remedy: '`trivet credential set` with the right user name and password for this BMC, then try again',
  },
  BMC_PASSWORD_CHANGE_REQUIRED: {
    grpc: 'FAILED_PRECONDITION',
    http: 502,
    exit: 4,
    message:
      'BMC {address} wants the password of {username} changed before it answers: it is still the factory password',
    remedy: 'change it at the BMC, then `trivet credential set`',
  },
  BMC_REQUEST_REFUSED: {
    grpc: 'UNAVAILABLE',
    http: 502,
    exit: 1,
    message: 'BMC {address} answered {status} to {request}: {text}',
    remedy: 'try again; if it stays, the event log of the BMC says more',
  },
  BMC_LIMIT_EXCEEDED: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 502,
    exit: 1,
    message: 'BMC {address} exceeds a limit: {what}, at most {limit} {unit}',
    remedy: 'update its firmware; a healthy BMC stays far below this limit',
  },
  INTERNAL: {
    grpc: 'INTERNAL',
    http: 500,
    exit: 1,
    message: 'a defect in trivet; request {requestId}',
    remedy: 'the log of the peer that answered has the details under this request id',
  },
} as const satisfies Record<string, ErrorFacts>
