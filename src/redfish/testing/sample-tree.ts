import type { Document } from '../document.ts'

/** The documents of one BMC, by path without trailing slash. */
export type Tree = Map<string, Document>

export interface SampleNode {
  readonly id: string
  readonly mac: string
  readonly powerState: 'On' | 'Off'
}

/** A blade with these nodes, as a Cray EX node card describes itself: reset types by ActionInfo only, no vendor. */
export function sampleTree(nodes: readonly SampleNode[], options: { readonly expand?: boolean } = {}): Tree {
  const tree: Tree = new Map()
  const collection = (path: string, members: readonly string[]) =>
    tree.set(path, { Members: members.map((id) => link(`${path}/${id}`)), 'Members@odata.count': members.length })
  tree.set('/redfish/v1', {
    '@odata.type': '#ServiceRoot.v1_2_0.ServiceRoot',
    RedfishVersion: '1.2.0',
    ...(options.expand === true ? { ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: true, Levels: true } } } : {}),
    Systems: link('/redfish/v1/Systems'),
    Managers: link('/redfish/v1/Managers'),
    Links: { Sessions: link('/redfish/v1/SessionService/Sessions') },
  })
  collection('/redfish/v1/Managers', ['BMC'])
  tree.set('/redfish/v1/Managers/BMC', {
    '@odata.id': '/redfish/v1/Managers/BMC',
    Id: 'BMC',
    ManagerType: 'EnclosureManager',
    Model: 'nC',
    FirmwareVersion: 'nc.1.9.5',
    Links: { ManagerForServers: nodes.map((node) => link(`/redfish/v1/Systems/${node.id}`)) },
  })
  collection(
    '/redfish/v1/Systems',
    // Members come in no order.
    nodes.map((node) => node.id).toReversed(),
  )
  for (const node of nodes) addNode(tree, collection, node)
  return tree
}

function addNode(tree: Tree, collection: (path: string, members: readonly string[]) => void, node: SampleNode): void {
  const path = `/redfish/v1/Systems/${node.id}`
  tree.set(path, {
    '@odata.id': path,
    Id: node.id,
    SystemType: 'Physical',
    Manufacturer: 'HPE',
    Model: 'HPE CRAY EX425',
    SerialNumber: 'HA19340017',
    PowerState: node.powerState,
    ProcessorSummary: { Count: 2 },
    MemorySummary: { TotalSystemMemoryGiB: 256 },
    EthernetInterfaces: link(`${path}/EthernetInterfaces`),
    Boot: { BootOrder: ['ME0-PXE-IP4'], BootOptions: link(`${path}/BootOptions`) },
    Actions: {
      '#ComputerSystem.Reset': {
        target: `${path}/Actions/ComputerSystem.Reset`,
        '@Redfish.ActionInfo': `${path}/ResetActionInfo`,
      },
    },
  })
  tree.set(`${path}/ResetActionInfo`, {
    Parameters: [{ Name: 'ResetType', Required: true, AllowableValues: ['On', 'Off', 'ForceOff'] }],
  })
  collection(`${path}/EthernetInterfaces`, ['HPCNet0', 'ManagementEthernet'])
  tree.set(`${path}/EthernetInterfaces/HPCNet0`, { Id: 'HPCNet0', MACAddress: 'Not Available' })
  tree.set(`${path}/EthernetInterfaces/ManagementEthernet`, { Id: 'ManagementEthernet', MACAddress: node.mac })
  collection(`${path}/BootOptions`, ['0'])
  tree.set(`${path}/BootOptions/0`, {
    Id: '0',
    BootOptionReference: 'ME0-PXE-IP4',
    BootOptionEnabled: true,
    UefiDevicePath: `PciRoot(0x2)/Pci(0x1,0x1)/MAC(${node.mac.replaceAll(':', '').toUpperCase()},0x1)/IPv4(0.0.0.0)`,
  })
}

function link(path: string): Document {
  return { '@odata.id': path }
}
