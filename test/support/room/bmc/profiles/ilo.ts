import type { RedfishMessage } from '../answer.ts'
import type { BmcProfile, BmcView, Refusal, ResourceTree, SystemView } from '../profile.ts'

/**
 * HPE iLO 6: what its ProLiant captures and its manuals show. One system with the id `1`, reset types inline,
 * `$expand` of collections, paths that end in a slash (a GET without is redirected with 308), links with and without
 * it and in mixed case, a transitional power state, a boot override, answers with a message where others send none.
 */
export const iloProfile: BmcProfile = {
  name: 'ilo',
  defaultUsername: 'Administrator',
  systemIds: () => ['1'],
  nodesMax: 1,
  manufacturer: 'HPE',
  product: 'ProLiant DL380a Gen11',
  transitionStyle: 'transitional',
  resetTypes: ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'Nmi', 'PushPowerButton', 'GracefulRestart'],
  sessionsMax: 12,
  sessionIdleMs: 1_800_000,
  expands: true,
  shufflesMembers: false,
  overrideTargets: [
    'None',
    'Cd',
    'Hdd',
    'Usb',
    'SDCard',
    'Utilities',
    'Diags',
    'BiosSetup',
    'Pxe',
    'UefiShell',
    'UefiHttp',
    'UefiTarget',
  ],
  resources,
  // iLO compares paths without regard to case.
  locate: (path, method) => {
    const isRead = method === 'GET' || method === 'HEAD'
    if (isRead && path.startsWith('/redfish/v1') && !path.endsWith('/')) return { kind: 'redirect', to: `${path}/` }
    const lower = path.toLowerCase()
    return { kind: 'at', path: lower.endsWith('/') ? lower.slice(0, -1) : lower }
  },
  refuse: (refusal, detail) => {
    const usual = refusals[refusal]
    const message = detail?.message ?? { id: usual.id, text: detail?.text ?? usual.text }
    return { status: detail?.status ?? usual.status, body: extendedInfo(message) }
  },
  resetAccepted: () => ({ status: 200, body: extendedInfo(success) }),
  acceptsPointlessReset: false,
  patched: () => ({ status: 200, body: extendedInfo(success) }),
  sessionOpened: (bmc, session, username) => ({
    status: 201,
    headers: {
      'X-Auth-Token': session.token,
      // Absolute, unlike almost everybody's.
      Location: `https://${bmc.address}/redfish/v1/SessionService/Sessions/${session.id}/`,
    },
    body: sessionResource(session.id, username),
  }),
  sessionClosed: () => ({ status: 200, body: extendedInfo(success) }),
}

const success: RedfishMessage = { id: 'Base.1.18.Success', text: 'Successfully completed request.' }

const refusals: {
  readonly [Name in Refusal]: { readonly status: number; readonly id: string; readonly text: string }
} = {
  no_credentials: { status: 401, id: 'Base.1.18.NoValidSession', text: 'There is no valid session.' },
  wrong_credentials: { status: 401, id: 'iLO.2.24.UnauthorizedLoginAttempt', text: 'The login was not successful.' },
  no_session: { status: 401, id: 'Base.1.18.NoValidSession', text: 'There is no valid session.' },
  too_many_sessions: { status: 400, id: 'Base.1.18.CreateLimitReachedForResource', text: 'No more sessions.' },
  not_found: { status: 404, id: 'Base.1.18.ResourceMissingAtURI', text: 'The resource was not found.' },
  method_not_allowed: { status: 405, id: 'iLO.2.24.UnsupportedOperation', text: 'The operation is not supported.' },
  malformed_body: { status: 400, id: 'Base.1.18.MalformedJSON', text: 'The request body is no JSON.' },
  property_missing: { status: 400, id: 'Base.1.18.ActionParameterMissing', text: 'A parameter is missing.' },
  value_not_allowed: { status: 400, id: 'Base.1.18.PropertyValueNotInList', text: 'The value is not in the list.' },
  property_unknown: { status: 400, id: 'Base.1.18.PropertyUnknown', text: 'The property is unknown.' },
  etag_mismatch: { status: 412, id: 'Base.1.18.PreconditionFailed', text: 'The ETag does not match.' },
  expand_not_allowed: { status: 400, id: 'Base.1.18.QueryNotSupportedOnResource', text: 'No such query here.' },
  reset_under_way: { status: 400, id: 'iLO.2.24.InvalidOperationForSystemState', text: 'Not in this system state.' },
  reset_not_possible: { status: 400, id: 'iLO.2.24.InvalidOperationForSystemState', text: 'Not in this system state.' },
  reset_not_now: { status: 400, id: 'iLO.2.24.UnableToModifyDuringSystemPOST', text: 'Not during POST.' },
  internal: { status: 500, id: 'Base.1.18.InternalError', text: 'Internal error.' },
}

function extendedInfo(message: RedfishMessage): object {
  return {
    error: {
      code: 'iLO.0.10.ExtendedInfo',
      message: 'See @Message.ExtendedInfo for more information.',
      '@Message.ExtendedInfo': [{ MessageId: message.id, MessageArgs: message.args ?? [] }],
    },
  }
}

function resources(bmc: BmcView): ResourceTree {
  const system = bmc.systems[0]!
  return new Map<string, () => object>([
    ['/redfish', () => ({ v1: '/redfish/v1/' })],
    ['/redfish/v1', () => root(bmc)],
    ['/redfish/v1/systems', () => collection('Systems', 'ComputerSystem', ['/redfish/v1/Systems/1/'])],
    ['/redfish/v1/systems/1', () => systemResource(system)],
    ...interfacesOf(system),
    ...bootOptionsOf(system),
    ['/redfish/v1/managers', () => collection('Managers', 'Manager', ['/redfish/v1/Managers/1/'])],
    ['/redfish/v1/managers/1', () => manager(bmc)],
    [
      '/redfish/v1/managers/1/ethernetinterfaces',
      () =>
        collection('Managers/1/EthernetInterfaces', 'EthernetInterface', [
          '/redfish/v1/Managers/1/EthernetInterfaces/1/',
        ]),
    ],
    ['/redfish/v1/managers/1/ethernetinterfaces/1', () => managerInterface(bmc)],
    ['/redfish/v1/chassis', () => collection('Chassis', 'Chassis', ['/redfish/v1/Chassis/1/'])],
    ['/redfish/v1/chassis/1', () => chassis(system)],
    ['/redfish/v1/sessionservice', sessionService],
    [
      '/redfish/v1/sessionservice/sessions',
      () =>
        collection(
          'SessionService/Sessions',
          'Session',
          bmc.sessionIds().map((id) => `/redfish/v1/SessionService/Sessions/${id}/`),
        ),
    ],
  ])
}

function link(path: string): object {
  return { '@odata.id': path }
}

function collection(path: string, kind: string, members: readonly string[]): object {
  return {
    '@odata.context': `/redfish/v1/$metadata#${kind}Collection.${kind}Collection`,
    '@odata.id': `/redfish/v1/${path}/`,
    '@odata.type': `#${kind}Collection.${kind}Collection`,
    Name: path,
    Members: members.map(link),
    'Members@odata.count': members.length,
  }
}

/** Links to services that the room does not have are there as on the real one, and answer 404. */
function root(bmc: BmcView): object {
  return {
    '@odata.context': '/redfish/v1/$metadata#ServiceRoot.ServiceRoot',
    '@odata.id': '/redfish/v1/',
    '@odata.type': '#ServiceRoot.v1_13_0.ServiceRoot',
    Id: 'RootService',
    Name: 'HPE RESTful Root Service',
    RedfishVersion: '1.20.0',
    Vendor: 'HPE',
    Product: iloProfile.product,
    UUID: bmc.uuid,
    ProtocolFeaturesSupported: {
      ExpandQuery: { ExpandAll: false, Levels: true, Links: false, MaxLevels: 1, NoLinks: true },
      FilterQuery: true,
      OnlyMemberQuery: true,
      SelectQuery: true,
    },
    AccountService: link('/redfish/v1/AccountService/'),
    Chassis: link('/redfish/v1/Chassis/'),
    EventService: link('/redfish/v1/EventService/'),
    Managers: link('/redfish/v1/Managers/'),
    SessionService: link('/redfish/v1/SessionService/'),
    Systems: link('/redfish/v1/Systems/'),
    Tasks: link('/redfish/v1/TaskService/'),
    UpdateService: link('/redfish/v1/UpdateService/'),
    Links: { Sessions: link('/redfish/v1/SessionService/Sessions/') },
    Oem: { Hpe: { Manager: [{ ManagerType: 'iLO 6', ManagerFirmwareVersion: '1.66', Status: { Health: 'OK' } }] } },
  }
}

function systemResource(system: SystemView): object {
  const power = system.reportedPower()
  const runs = system.operatingSystemRuns()
  return {
    '@odata.context': '/redfish/v1/$metadata#ComputerSystem.ComputerSystem',
    '@odata.id': '/redfish/v1/Systems/1/',
    '@odata.type': '#ComputerSystem.v1_18_0.ComputerSystem',
    Id: '1',
    Name: 'Computer System',
    SystemType: 'Physical',
    Manufacturer: 'HPE',
    Model: iloProfile.product,
    SerialNumber: system.serial,
    SKU: 'P54903-B21',
    // Blank where nobody set one, as on the captured machines.
    AssetTag: '                                ',
    UUID: system.uuid,
    BiosVersion: 'U58 v2.44 (01/17/2025)',
    HostName: '',
    PowerState: power,
    Status: { Health: 'OK', HealthRollup: 'OK', State: power === 'Off' ? 'Disabled' : 'Enabled' },
    BootProgress: { LastState: runs ? 'OSRunning' : 'None' },
    Boot: {
      BootOptions: link('/redfish/v1/Systems/1/BootOptions'),
      BootOrder: ['Boot0010', 'Boot0013', 'Boot0014', 'Boot000E'],
      BootSourceOverrideEnabled: system.bootOverride.enabled,
      BootSourceOverrideMode: 'UEFI',
      BootSourceOverrideTarget: system.bootOverride.target,
      'BootSourceOverrideTarget@Redfish.AllowableValues': iloProfile.overrideTargets,
    },
    Bios: link('/redfish/v1/systems/1/bios'),
    EthernetInterfaces: link('/redfish/v1/Systems/1/EthernetInterfaces'),
    Memory: link('/redfish/v1/Systems/1/Memory'),
    MemorySummary: { Status: { HealthRollup: 'OK' }, TotalSystemMemoryGiB: 512, TotalSystemPersistentMemoryGiB: 0 },
    Processors: link('/redfish/v1/Systems/1/Processors'),
    ProcessorSummary: { Count: 2, Model: 'INTEL(R) XEON(R) GOLD 6530', Status: { HealthRollup: 'OK' } },
    Links: { Chassis: [link('/redfish/v1/Chassis/1')], ManagedBy: [link('/redfish/v1/Managers/1')] },
    Actions: {
      '#ComputerSystem.Reset': {
        'ResetType@Redfish.AllowableValues': iloProfile.resetTypes,
        target: '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset/',
      },
    },
    Oem: { Hpe: { PostState: power === 'Off' ? 'PowerOff' : runs ? 'FinishedPost' : 'InPost' } },
  }
}

function interfacesOf(system: SystemView): [string, () => object][] {
  // Ids as on the captured machines: the order of the members is not that of the ports.
  const ids = system.macs.map((_, index) => String(5 + index))
  const base = '/redfish/v1/Systems/1/EthernetInterfaces'
  return [
    [
      base.toLowerCase(),
      () =>
        collection(
          'Systems/1/EthernetInterfaces',
          'EthernetInterface',
          [...ids].reverse().map((id) => `${base}/${id}/`),
        ),
    ],
    ...system.macs.map((mac, index): [string, () => object] => [
      `${base}/${ids[index]!}`.toLowerCase(),
      () => ({
        '@odata.id': `${base}/${ids[index]!}/`,
        '@odata.type': '#EthernetInterface.v1_4_1.EthernetInterface',
        Id: ids[index],
        Name: '',
        MACAddress: mac,
        IPv4Addresses: [],
        LinkStatus: index === 0 ? 'LinkUp' : null,
        SpeedMbps: null,
        InterfaceEnabled: null,
        Status: index === 0 ? { Health: 'OK', State: 'Enabled' } : { Health: null, State: null },
        ...(index === 0 ? { UefiDevicePath: 'PciRoot(0x1)/Pci(0x2,0x0)/Pci(0x0,0x0)' } : {}),
      }),
    ]),
  ]
}

function bootOptionsOf(system: SystemView): [string, () => object][] {
  const [boot, other] = [system.macs[0]!, system.macs[1]!].map((mac) => mac.replaceAll(':', '').toUpperCase())
  const options = [
    ['1', 'Boot000E', 'Generic USB Boot', 'UsbClass(0xFFFF,0xFFFF,0xFF,0xFF,0xFF)'],
    [
      '2',
      'Boot0010',
      'Slot 1 Port 1 (PXE IPv4)',
      `PciRoot(0x1)/Pci(0x2,0x0)/Pci(0x0,0x0)/MAC(${boot!},0x1)/IPv4(0.0.0.0)`,
    ],
    [
      '3',
      'Boot0013',
      'Slot 1 Port 1 (HTTP(S) IPv4)',
      `PciRoot(0x1)/Pci(0x2,0x0)/Pci(0x0,0x0)/MAC(${boot!},0x1)/IPv4(0.0.0.0)/Uri()`,
    ],
    [
      '4',
      'Boot0014',
      'OCP Slot 10 Port 1 (PXE IPv4)',
      `PciRoot(0x4)/Pci(0x4,0x0)/Pci(0x0,0x0)/MAC(${other!},0x1)/IPv4(0.0.0.0)`,
    ],
  ] as const
  const base = '/redfish/v1/Systems/1/BootOptions'
  return [
    [
      base.toLowerCase(),
      () =>
        collection(
          'Systems/1/BootOptions',
          'BootOption',
          options.map(([id]) => `${base}/${id}/`),
        ),
    ],
    ...options.map(([id, reference, name, path]): [string, () => object] => [
      `${base}/${id}`.toLowerCase(),
      () => ({
        '@odata.id': `${base}/${id}/`,
        '@odata.type': '#BootOption.v1_0_1.BootOption',
        Id: id,
        Name: 'Boot Option',
        Alias: 'None',
        BootOptionReference: reference,
        DisplayName: name,
        UefiDevicePath: path,
      }),
    ]),
  ]
}

function manager(bmc: BmcView): object {
  return {
    '@odata.id': '/redfish/v1/Managers/1/',
    '@odata.type': '#Manager.v1_5_1.Manager',
    Id: '1',
    Name: 'Manager',
    ManagerType: 'BMC',
    Model: 'iLO 6',
    FirmwareVersion: 'iLO 6 v1.66',
    UUID: bmc.uuid,
    EthernetInterfaces: link('/redfish/v1/Managers/1/EthernetInterfaces'),
    Links: { ManagerForServers: [link('/redfish/v1/Systems/1/')], ManagerInChassis: link('/redfish/v1/Chassis/1') },
    Status: { Health: 'OK', State: 'Enabled' },
  }
}

function managerInterface(bmc: BmcView): object {
  return {
    '@odata.id': '/redfish/v1/Managers/1/EthernetInterfaces/1/',
    '@odata.type': '#EthernetInterface.v1_4_1.EthernetInterface',
    Id: '1',
    Name: 'Manager Dedicated Network Interface',
    MACAddress: bmc.mac.toUpperCase(),
    IPv4Addresses: [{ Address: bmc.address.split(':', 1)[0], AddressOrigin: 'DHCP', SubnetMask: '255.255.0.0' }],
    LinkStatus: 'LinkUp',
    Status: { Health: 'OK', State: 'Enabled' },
  }
}

function chassis(system: SystemView): object {
  return {
    '@odata.id': '/redfish/v1/Chassis/1/',
    '@odata.type': '#Chassis.v1_10_2.Chassis',
    Id: '1',
    Name: 'Computer System Chassis',
    ChassisType: 'RackMount',
    Manufacturer: 'HPE',
    Model: iloProfile.product,
    SerialNumber: system.serial,
    Links: { ComputerSystems: [link('/redfish/v1/Systems/1')], ManagedBy: [link('/redfish/v1/Managers/1')] },
  }
}

function sessionService(): object {
  return {
    '@odata.id': '/redfish/v1/SessionService/',
    '@odata.type': '#SessionService.v1_0_0.SessionService',
    Id: 'SessionService',
    Name: 'Session Service',
    ServiceEnabled: true,
    SessionTimeout: iloProfile.sessionIdleMs / 1_000,
    Sessions: link('/redfish/v1/SessionService/Sessions'),
  }
}

function sessionResource(id: string, username: string): object {
  return {
    '@odata.id': `/redfish/v1/SessionService/Sessions/${id}/`,
    '@odata.type': '#Session.v1_0_0.Session',
    Id: id,
    Name: 'User Session',
    UserName: username,
  }
}
