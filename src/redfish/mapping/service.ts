import { documentOf, fieldOf, nameOf, textOf, uuidOf, type Document } from '../document.ts'
import type { ServiceFacts } from '../facts.ts'
import { linkedPath } from '../link.ts'

/** True for what can be a service root. HTML, lists and other products' JSON are not. */
export function isServiceRoot(root: Document): boolean {
  return (
    /^\d+\.\d+/.test(textOf(root['RedfishVersion']) ?? '') ||
    (textOf(root['@odata.type']) ?? '').includes('ServiceRoot') ||
    ['Systems', 'Managers', 'Chassis', 'SessionService'].some((name) => linkedPath(root[name]) !== undefined)
  )
}

export function serviceFacts(root: Document): ServiceFacts {
  return {
    redfishVersion: textOf(root['RedfishVersion']),
    vendor: nameOf(root['Vendor']) ?? vendorOfOem(root),
    product: nameOf(root['Product']),
    uuid: uuidOf(root['UUID']),
  }
}

/** Before Redfish 1.5 the root has no Vendor, but its Oem object often bears the vendor's name. */
function vendorOfOem(root: Document): string | undefined {
  const names = Object.keys(documentOf(root['Oem']) ?? {})
  return names.length === 1 ? nameOf(names[0]) : undefined
}

/**
 * The query that makes a collection bring its members along, where the service says that it can (DSP0266 §7.3.1);
 * `undefined` where it does not say so.
 */
export function expandQuery(root: Document): string | undefined {
  const features = fieldOf(root, 'ProtocolFeaturesSupported', 'ExpandQuery')
  const what = fieldOf(features, 'NoLinks') === true ? '.' : fieldOf(features, 'ExpandAll') === true ? '*' : undefined
  if (what === undefined) return undefined
  return fieldOf(features, 'Levels') === true ? `$expand=${what}($levels=1)` : `$expand=${what}`
}
