/** The cloud-init documents of a runtime configuration. */
export interface RuntimeDocuments {
  readonly userData: string
  readonly vendorData: string
  readonly metaData: { readonly [key: string]: string }
  readonly networkConfig: string
}

/** Whether two revisions would say the same. */
export function sameDocuments(a: RuntimeDocuments, b: RuntimeDocuments): boolean {
  const keys = Object.keys(a.metaData)
  return (
    a.userData === b.userData &&
    a.vendorData === b.vendorData &&
    a.networkConfig === b.networkConfig &&
    keys.length === Object.keys(b.metaData).length &&
    keys.every((key) => a.metaData[key] === b.metaData[key])
  )
}
