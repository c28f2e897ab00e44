import type { RedfishMessage } from '../answer.ts'
import type { BmcProfile, BmcView, Refusal, ResourceTree, SystemView } from '../profile.ts'

/**
 * HPE Cray EX node card (nC), as its captures show it: no vendor in the root, no `$expand` (the parameter is ignored),
 * reset types only behind `@Redfish.ActionInfo`, one or two systems behind one BMC that share a serial number, members
 * in any order, sessions that end after 30 s of rest, no boot override, no answer bodies, `PoweringOn` and
 * `PoweringOff` while power changes.
 */
export const crayProfile: BmcProfile = {
  name: 'cray',
  defaultUsername: 'root',
  systemIds: (count) => Array.from({ length: count }, (_, index) => `Node${index}`),
  nodesMax: 2,
  manufacturer: 'HPE',
  product: 'HPE Cray EX235n',
  transitionStyle: 'powering',
  resetTypes: ['ForceOff', 'On', 'Off'],
  sessionsMax: 8,
  sessionIdleMs: 30_000,
  expands: false,
  shufflesMembers: true,
  overrideTargets: [],
  resources,
  // Only the root may have a slash at its end.
  locate: (path) => ({ kind: 'at', path: path === '/redfish/v1/' ? '/redfish/v1' : path }),
  refuse: (refusal, detail) => {
    const usual = refusals[refusal]
    const message = detail?.message ?? { id: usual.id, text: detail?.text ?? usual.text }
    const headers: Record<string, string> = usual.status === 401 ? { 'WWW-Authenticate': 'Basic realm="Redfish"' } : {}
    return { status: detail?.status ?? usual.status, headers, body: errorOf(message) }
  },
  resetAccepted: (changes) => ({ status: changes ? 202 : 204 }),
  acceptsPointlessReset: true,
  patched: () => ({ status: 204 }),
  sessionOpened: (_, session, username) => ({
    status: 201,
    headers: {
      'X-Auth-Token': session.token,
      Location: `/redfish/v1/SessionService/Sessions/${session.id}`,
    },
    body: {
      '@odata.id': `/redfish/v1/SessionService/Sessions/${session.id}`,
      '@odata.type': '#Session.v1_1_0.Session',
      Id: session.id,
      Name: 'User Session',
      UserName: username,
    },
  }),
  sessionClosed: () => ({ status: 204 }),
}

const refusals: {
  readonly [Name in Refusal]: { readonly status: number; readonly id: string; readonly text: string }
} = {
  no_credentials: { status: 401, id: 'Base.1.4.NoValidSession', text: 'There is no valid session.' },
  wrong_credentials: { status: 401, id: 'Base.1.4.ResourceAtUriUnauthorized', text: 'Invalid username or password.' },
  no_session: { status: 401, id: 'Base.1.4.NoValidSession', text: 'There is no valid session.' },
  too_many_sessions: { status: 503, id: 'Base.1.4.SessionLimitExceeded', text: 'The session limit is exceeded.' },
  not_found: { status: 404, id: 'Base.1.4.ResourceMissingAtURI', text: 'The resource at the URI was not found.' },
  method_not_allowed: { status: 405, id: 'Base.1.4.OperationNotAllowed', text: 'The method is not allowed.' },
  malformed_body: { status: 400, id: 'Base.1.4.MalformedJSON', text: 'The request body was malformed JSON.' },
  property_missing: { status: 400, id: 'Base.1.4.ActionParameterMissing', text: 'A parameter is missing.' },
  value_not_allowed: { status: 400, id: 'Base.1.4.ActionParameterNotSupported', text: 'The value is not supported.' },
  property_unknown: { status: 400, id: 'Base.1.4.PropertyUnknown', text: 'The property is unknown.' },
  etag_mismatch: { status: 412, id: 'Base.1.4.PreconditionFailed', text: 'The ETag does not match.' },
  expand_not_allowed: { status: 501, id: 'Base.1.4.QueryNotSupported', text: 'Queries are not supported.' },
  reset_under_way: { status: 409, id: 'Base.1.4.ResourceInUse', text: 'A change of the power state is in progress.' },
  reset_not_possible: { status: 409, id: 'Base.1.4.ResourceInUse', text: 'The resource is in another state.' },
  reset_not_now: { status: 503, id: 'Base.1.4.ServiceTemporarilyUnavailable', text: 'The service is unavailable.' },
  internal: { status: 500, id: 'Base.1.4.InternalError', text: 'Internal error.' },
}

function errorOf(message: RedfishMessage): object {
  return {
    error: {
      code: message.id,
      message: message.text,
      '@Message.ExtendedInfo': [
        {
          '@odata.type': '#Message.v1_0_5.Message',
          MessageId: message.id,
          Message: message.text,
          MessageArgs: message.args ?? [],
          Severity: 'Critical',
          Resolution: 'None.',
        },
      ],
    },
  }
}

function resources(bmc: BmcView): ResourceTree {
  return new Map<string, () => object>([
    ['/redfish', () => ({ v1: '/redfish/v1/' })],
    ['/redfish/v1', root],
    [
      '/redfish/v1/Systems',
      () =>
        collection(
          'Systems',
          'ComputerSystem',
          bmc.systems.map((system) => system.id),
        ),
    ],
    ...bmc.systems.flatMap((system, index) => systemResources(system, index)),
    ['/redfish/v1/Managers', () => collection('Managers', 'Manager', ['BMC'])],
    ['/redfish/v1/Managers/BMC', () => manager(bmc)],
    [
      '/redfish/v1/Managers/BMC/EthernetInterfaces',
      () => collection('Managers/BMC/EthernetInterfaces', 'EthernetInterface', ['eth0']),
    ],
    ['/redfish/v1/Managers/BMC/EthernetInterfaces/eth0', () => managerInterface(bmc)],
    ['/redfish/v1/Chassis', () => collection('Chassis', 'Chassis', ['Enclosure'])],
    ['/redfish/v1/Chassis/Enclosure', () => enclosure(bmc)],
    ['/redfish/v1/SessionService', sessionService],
    ['/redfish/v1/SessionService/Sessions', () => collection('SessionService/Sessions', 'Session', bmc.sessionIds())],
  ])
}

function link(path: string): object {
  return { '@odata.id': path }
}

function collection(path: string, kind: string, ids: readonly string[]): object {
  return {
    '@odata.id': `/redfish/v1/${path}`,
    '@odata.type': `#${kind}Collection.${kind}Collection`,
    Name: `${kind} Collection`,
    Members: ids.map((id) => link(`/redfish/v1/${path}/${id}`)),
    'Members@odata.count': ids.length,
  }
}

function root(): object {
  return {
    '@odata.id': '/redfish/v1/',
    '@odata.type': '#ServiceRoot.v1_2_0.ServiceRoot',
    Id: 'RootService',
    Name: 'Root Service',
    Description: 'The service root for all Redfish requests on this host',
    RedfishVersion: '1.2.0',
    AccountService: link('/redfish/v1/AccountService'),
    Chassis: link('/redfish/v1/Chassis'),
    EventService: link('/redfish/v1/EventService'),
    Managers: link('/redfish/v1/Managers'),
    SessionService: link('/redfish/v1/SessionService'),
    Systems: link('/redfish/v1/Systems'),
    Tasks: link('/redfish/v1/TaskService'),
    UpdateService: link('/redfish/v1/UpdateService'),
    Links: { Sessions: link('/redfish/v1/SessionService/Sessions') },
  }
}

function systemResources(system: SystemView, index: number): [string, () => object][] {
  const path = `/redfish/v1/Systems/${system.id}`
  const relative = `Systems/${system.id}`
  const [management, ...fast] = system.macs
  const options = [
    { id: '0', reference: 'ME0-PXE-IP4', name: 'Management Ethernet0 PXE IPv4', mac: management!, port: '0x1' },
    ...fast.map((mac, nic) => ({
      id: String(nic + 1),
      reference: `HSN${nic}-PXE-IP4`,
      name: `High Speed NIC${nic} PXE IPv4`,
      mac,
      port: '0x0',
    })),
  ]
  return [
    [
      path,
      () => ({
        '@odata.id': path,
        '@odata.type': '#ComputerSystem.v1_5_0.ComputerSystem',
        Id: system.id,
        Name: system.id,
        Description: 'GrizzlyPkNodeCard',
        SystemType: 'Physical',
        Manufacturer: 'HPE',
        Model: crayProfile.product,
        PartNumber: '102209502.B',
        SerialNumber: system.serial,
        BiosVersion: 'ex235n.bios-1.2.1',
        PowerState: system.reportedPower(),
        Status: { Health: 'OK', State: 'Enabled' },
        Boot: {
          BootOptions: link(`${path}/BootOptions`),
          BootOrder: options.map((option) => option.reference),
        },
        EthernetInterfaces: link(`${path}/EthernetInterfaces`),
        Memory: link(`${path}/Memory`),
        MemorySummary: { TotalSystemMemoryGiB: 256 },
        Processors: link(`${path}/Processors`),
        ProcessorSummary: { Count: 5, Model: 'NVIDIA_A100-SXM4-40GB' },
        Actions: {
          '#ComputerSystem.Reset': {
            '@Redfish.ActionInfo': `${path}/ResetActionInfo`,
            target: `${path}/Actions/ComputerSystem.Reset`,
          },
        },
      }),
    ],
    [`${path}/ResetActionInfo`, () => resetActionInfo(path)],
    [
      `${path}/EthernetInterfaces`,
      () =>
        collection(`${relative}/EthernetInterfaces`, 'EthernetInterface', [
          'ManagementEthernet',
          ...fast.map((_, nic) => `HPCNet${nic}`),
        ]),
    ],
    [`${path}/EthernetInterfaces/ManagementEthernet`, () => managementEthernet(path, management!)],
    ...fast.map((_, nic): [string, () => object] => [
      `${path}/EthernetInterfaces/HPCNet${nic}`,
      () => fastInterface(path, nic),
    ]),
    [
      `${path}/BootOptions`,
      () =>
        collection(
          `${relative}/BootOptions`,
          'BootOption',
          options.map((option) => option.id),
        ),
    ],
    ...options.map(({ id, reference, name, mac, port }): [string, () => object] => [
      `${path}/BootOptions/${id}`,
      () => ({
        '@odata.id': `${path}/BootOptions/${id}`,
        '@odata.type': '#BootOption.v1_0_0.BootOption',
        Id: id,
        Name: reference,
        Alias: 'None',
        BootOptionEnabled: true,
        BootOptionReference: reference,
        DisplayName: name,
        UefiDevicePath:
          `PciRoot(0x${3 - index})/Pci(0x5,0x1)/Pci(0x0,0x0)/` +
          `MAC(${mac.replaceAll(':', '').toUpperCase()},${port})/IPv4(0.0.0.0,0x0,DHCP,0.0.0.0,0.0.0.0,0.0.0.0)`,
      }),
    ]),
  ]
}

function resetActionInfo(path: string): object {
  return {
    '@odata.id': `${path}/ResetActionInfo`,
    '@odata.type': '#ActionInfo.v1_0_3.ActionInfo',
    Id: 'ResetAction',
    Name: 'ResetAction',
    Parameters: [{ Name: 'ResetType', Required: true, DataType: 'String', AllowableValues: crayProfile.resetTypes }],
  }
}

function managementEthernet(path: string, mac: string): object {
  return {
    '@odata.id': `${path}/EthernetInterfaces/ManagementEthernet`,
    '@odata.type': '#EthernetInterface.v1_3_0.EthernetInterface',
    Id: 'ManagementEthernet',
    Description: 'Node Maintenance Network',
    MACAddress: mac,
    PermanentMACAddress: mac,
    VLANs: link(`${path}/EthernetInterfaces/ManagementEthernet/VLANs`),
  }
}

/** The high-speed interfaces give no address over Redfish. */
function fastInterface(path: string, nic: number): object {
  return {
    '@odata.id': `${path}/EthernetInterfaces/HPCNet${nic}`,
    '@odata.type': '#EthernetInterface.v1_3_0.EthernetInterface',
    Id: `HPCNet${nic}`,
    Description: 'SS11 200Gb 2P NIC Mezz REV02 (HSN)',
    MACAddress: 'Not Available',
    PermanentMACAddress: '',
    Status: { State: 'Enabled' },
  }
}

function manager(bmc: BmcView): object {
  return {
    '@odata.id': '/redfish/v1/Managers/BMC',
    '@odata.type': '#Manager.v1_3_2.Manager',
    Id: 'BMC',
    Name: 'BMC',
    Description: 'Shasta Manager',
    ManagerType: 'EnclosureManager',
    FirmwareVersion: 'nc.1.6.2-shasta-release.arm.2022-04-14T16:28:28+00:00',
    EthernetInterfaces: link('/redfish/v1/Managers/BMC/EthernetInterfaces'),
    Links: {
      ManagerForServers: bmc.systems.map((system) => link(`/redfish/v1/Systems/${system.id}`)),
      ManagerInChassis: link('/redfish/v1/Chassis/Enclosure'),
    },
    Status: { Health: 'OK', State: 'Enabled' },
  }
}

function managerInterface(bmc: BmcView): object {
  return {
    '@odata.id': '/redfish/v1/Managers/BMC/EthernetInterfaces/eth0',
    '@odata.type': '#EthernetInterface.v1_3_0.EthernetInterface',
    Id: 'eth0',
    Name: 'eth0',
    MACAddress: bmc.mac,
    PermanentMACAddress: bmc.mac,
    IPv4Addresses: [],
  }
}

function enclosure(bmc: BmcView): object {
  return {
    '@odata.id': '/redfish/v1/Chassis/Enclosure',
    '@odata.type': '#Chassis.v1_5_1.Chassis',
    Id: 'Enclosure',
    Name: 'Enclosure',
    ChassisType: 'Enclosure',
    Manufacturer: 'HPE',
    Model: crayProfile.product,
    SerialNumber: bmc.systems[0]!.serial,
    Links: { ManagedBy: [link('/redfish/v1/Managers/BMC')] },
  }
}

function sessionService(): object {
  return {
    '@odata.id': '/redfish/v1/SessionService',
    '@odata.type': '#SessionService.v1_1_3.SessionService',
    Id: 'SessionService',
    Name: 'Session Service',
    ServiceEnabled: true,
    SessionTimeout: crayProfile.sessionIdleMs / 1_000,
    Sessions: link('/redfish/v1/SessionService/Sessions'),
  }
}
