/**
 * The environment of whoever started us, without what it says to trivet: a `TRIVET_DATA_DIR` of the user's own must
 * reach no peer of a demo or a test, which are told everything on their command lines.
 */
export function outerEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TRIVET_')))
}
