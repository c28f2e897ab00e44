/**
 * Whether a variable of the environment is one of those that Kubernetes (and Docker before it) puts into every container
 * for a service whose name begins with `trivet`: `TRIVET_SERVICE_HOST`, `TRIVET_API_PORT_7400_TCP_ADDR`. Nobody wrote
 * it, so it is nobody's mistake.
 */
export function isServiceVariable(name: string): boolean {
  return /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/.test(name)
}
