/** What we read of `package-lock.json`, and of `node_modules/.package-lock.json`, which says what npm installed. */
export interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>
}

/**
 * Where what is installed differs from what is locked, one line each. Packages that are locked and not installed are
 * those of other platforms: npm leaves them out, and some registries do not even have them, so that npm drops them
 * from the lock file.
 */
export function lockDifference(locked: LockFile, installed: LockFile): readonly string[] {
  return Object.entries(installed.packages).flatMap(([path, { version, integrity }]) => {
    const wanted = locked.packages[path]
    if (wanted === undefined) return [`${path} is installed and not locked`]
    if (wanted.version !== version) return [`${path}: ${version} is installed, ${wanted.version} is locked`]
    return wanted.integrity === integrity ? [] : [`${path}: what is installed is not what is locked`]
  })
}
