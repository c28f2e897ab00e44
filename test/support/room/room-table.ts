import type { RoomInfo } from './room-info.ts'

/** The room for a person: where everything is, and what to try. */
export function roomTable(info: RoomInfo): string {
  const rows = info.bmcs.flatMap((bmc) =>
    bmc.nodes.map((node) => [node.xname, node.mac, bmc.xname, bmc.profile, `https://${bmc.address}`, bmc.username]),
  )
  const [first] = info.bmcs
  return [
    ...columns([['NODE', 'MAC', 'BMC', 'PROFILE', 'REDFISH', 'USER'], ...rows]),
    '',
    `password of every BMC   ${first!.password}`,
    `control                 ${info.control}`,
    `first hop               ${info.forwarder} (targets: PUT ${info.control}/forwarder)`,
    `nodes boot              ${info.bootUrl}`,
    ...info.images.flatMap(({ name, kernel, initrd }) => [
      `image ${name.padEnd(17)} ${kernel.url}`,
      `${' '.repeat(23)} ${initrd.url}`,
    ]),
    '',
    'try:',
    `  curl -k -u ${first!.username}:${first!.password} https://${first!.address}/redfish/v1/Systems/`,
    `  curl ${info.control}/`,
    `  curl '${info.control}/ledger?format=lines&wait=60000'`,
    '',
    '',
  ].join('\n')
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
