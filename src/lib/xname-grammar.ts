/**
 * One segment of an xname: a letter and a number behind the xname of a `stem`. Source: the type table of
 * `Cray-HPE/hms-xname` (`xnametypes/hmstypes.go` v1.4.0), which SMD, BSS and PCS use.
 */
export interface XnameSegment {
  /** Type of what stands before the segment; `none` for the first. */
  readonly stem: string
  /** The letter; the power connectors of a compute module have two spellings. */
  readonly letters: string
  /** What people call it. */
  readonly noun: string
  readonly min: number
  readonly max: number
}

/** The largest number in a segment to which the type table sets no limit. */
const max = 999_999_999

/** Types whose xnames are chains of segments. No two of one stem share a letter, so that a prefix has one type. */
export const xnameSegments = {
  Cabinet: { stem: 'none', letters: 'x', noun: 'cabinet', min: 0, max: 9999 },
  CabinetPDUController: { stem: 'Cabinet', letters: 'm', noun: 'PDU controller', min: 0, max: 3 },
  CabinetPDU: { stem: 'CabinetPDUController', letters: 'p', noun: 'PDU', min: 0, max: 7 },
  CabinetPDUNic: { stem: 'CabinetPDUController', letters: 'i', noun: 'PDU controller NIC', min: 0, max: 3 },
  CabinetPDUOutlet: { stem: 'CabinetPDU', letters: 'j', noun: 'PDU outlet', min: 1, max },
  CabinetPDUPowerConnector: { stem: 'CabinetPDU', letters: 'v', noun: 'PDU power connector', min: 1, max },
  CabinetCDU: { stem: 'Cabinet', letters: 'd', noun: 'cabinet CDU', min: 0, max: 1 },
  CEC: { stem: 'Cabinet', letters: 'e', noun: 'CEC', min: 0, max: 1 },
  CabinetBMC: { stem: 'Cabinet', letters: 'b', noun: 'cabinet BMC', min: 0, max: 0 },
  Chassis: { stem: 'Cabinet', letters: 'c', noun: 'chassis', min: 0, max: 7 },
  ChassisBMC: { stem: 'Chassis', letters: 'b', noun: 'chassis BMC', min: 0, max: 0 },
  ChassisBMCNic: { stem: 'ChassisBMC', letters: 'i', noun: 'chassis BMC NIC', min: 0, max: 3 },
  CMMFpga: { stem: 'Chassis', letters: 'f', noun: 'CMM FPGA', min: 0, max: 0 },
  CMMRectifier: { stem: 'Chassis', letters: 't', noun: 'CMM rectifier', min: 0, max: 9 },
  ComputeModule: { stem: 'Chassis', letters: 's', noun: 'slot', min: 0, max },
  NodePowerConnector: { stem: 'ComputeModule', letters: 'jv', noun: 'power connector', min: 1, max: 2 },
  NodeEnclosure: { stem: 'ComputeModule', letters: 'e', noun: 'enclosure', min: 0, max },
  NodeEnclosurePowerSupply: { stem: 'NodeEnclosure', letters: 't', noun: 'power supply', min: 0, max },
  NodeBMC: { stem: 'ComputeModule', letters: 'b', noun: 'BMC', min: 0, max },
  NodeBMCNic: { stem: 'NodeBMC', letters: 'i', noun: 'BMC NIC', min: 0, max: 3 },
  NodeFpga: { stem: 'NodeBMC', letters: 'f', noun: 'node FPGA', min: 0, max: 0 },
  Node: { stem: 'NodeBMC', letters: 'n', noun: 'node', min: 0, max },
  VirtualNode: { stem: 'Node', letters: 'v', noun: 'virtual node', min: 0, max },
  NodeNic: { stem: 'Node', letters: 'i', noun: 'NIC', min: 0, max: 3 },
  NodeHsnNic: { stem: 'Node', letters: 'h', noun: 'HSN NIC', min: 0, max: 3 },
  NodeAccel: { stem: 'Node', letters: 'a', noun: 'accelerator', min: 0, max },
  NodeAccelRiser: { stem: 'Node', letters: 'r', noun: 'accelerator riser', min: 0, max: 7 },
  Memory: { stem: 'Node', letters: 'd', noun: 'memory module', min: 0, max },
  Processor: { stem: 'Node', letters: 'p', noun: 'processor', min: 0, max: 3 },
  StorageGroup: { stem: 'Node', letters: 'g', noun: 'storage group', min: 0, max },
  Drive: { stem: 'StorageGroup', letters: 'k', noun: 'drive', min: 0, max },
  MgmtSwitch: { stem: 'Chassis', letters: 'w', noun: 'management switch', min: 1, max },
  MgmtSwitchConnector: { stem: 'MgmtSwitch', letters: 'j', noun: 'management switch connector', min: 1, max },
  MgmtHLSwitchEnclosure: { stem: 'Chassis', letters: 'h', noun: 'high-level switch enclosure', min: 1, max },
  MgmtHLSwitch: { stem: 'MgmtHLSwitchEnclosure', letters: 's', noun: 'high-level switch', min: 1, max: 9 },
  RouterModule: { stem: 'Chassis', letters: 'r', noun: 'router module', min: 0, max },
  RouterBMC: { stem: 'RouterModule', letters: 'b', noun: 'router BMC', min: 0, max },
  RouterBMCNic: { stem: 'RouterBMC', letters: 'i', noun: 'router BMC NIC', min: 0, max: 3 },
  RouterFpga: { stem: 'RouterModule', letters: 'f', noun: 'router FPGA', min: 0, max: 1 },
  RouterTOR: { stem: 'RouterModule', letters: 't', noun: 'router TOR', min: 0, max },
  RouterTORFpga: { stem: 'RouterTOR', letters: 'f', noun: 'router TOR FPGA', min: 0, max: 1 },
  RouterPowerConnector: { stem: 'RouterModule', letters: 'v', noun: 'router power connector', min: 1, max: 2 },
  HSNBoard: { stem: 'RouterModule', letters: 'e', noun: 'HSN board', min: 0, max },
  HSNAsic: { stem: 'RouterModule', letters: 'a', noun: 'HSN ASIC', min: 0, max: 3 },
  HSNLink: { stem: 'HSNAsic', letters: 'l', noun: 'HSN link', min: 0, max },
  HSNConnector: { stem: 'RouterModule', letters: 'j', noun: 'HSN connector', min: 1, max },
  HSNConnectorPort: { stem: 'HSNConnector', letters: 'p', noun: 'HSN connector port', min: 0, max: 2 },
  CDU: { stem: 'none', letters: 'd', noun: 'CDU', min: 0, max },
  CDUMgmtSwitch: { stem: 'CDU', letters: 'w', noun: 'CDU management switch', min: 0, max },
} as const satisfies Record<string, XnameSegment>

/** Types whose xnames are no chains; they have no parent and nothing stands beneath them. */
export const xnameWords = [
  { type: 'System', noun: 'whole system', form: /^s0+$/ },
  { type: 'Partition', noun: 'partition', form: /^p[0-9]{1,9}(\.[0-9]{1,9})?$/ },
  { type: 'SMSBox', noun: 'SMS box', form: /^sms[0-9]{1,9}$/ },
  { type: 'HMSTypeAll', noun: 'wildcard', form: /^all$/ },
  { type: 'HMSTypeAllSvc', noun: 'wildcard', form: /^all_svc$/ },
  { type: 'HMSTypeAllComp', noun: 'wildcard', form: /^all_comp$/ },
] as const
