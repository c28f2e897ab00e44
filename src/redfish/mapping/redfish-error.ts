import { documentOf, fieldOf, listOf, textOf, type Document } from '../document.ts'

/** What a BMC says about a request that it refused (DSP0266 §8.6). */
export interface RedfishError {
  /** Last parts of the MessageIds, the telling one first: `ResourceInUse`, `SYS518`. */
  readonly messageIds: readonly string[]
  /** The telling message, in one line; empty when there is none. */
  readonly text: string
}

/** Say only that something went wrong. */
const hollow: ReadonlySet<string> = new Set(['GeneralError', 'ExtendedInfo', 'Success', 'iLO.ExtendedInfo'])
const messagesMax = 16

/** Reads an error body. Vendors put the messages into a list, a lone object, or beside the error object. */
export function redfishError(body: Document | undefined): RedfishError {
  const error = documentOf(body?.['error'])
  const messages = [...messagesOf(error?.['@Message.ExtendedInfo']), ...messagesOf(body?.['@Message.ExtendedInfo'])]
  const general = { id: lastPart(textOf(error?.['code'])), text: textOf(error?.['message']) }
  const told = [...messages, general].filter((one) => one.id !== undefined || one.text !== undefined)
  const telling = [
    ...told.filter((one) => one.id !== undefined && !hollow.has(one.id)),
    ...told.filter((one) => one.id === undefined || hollow.has(one.id)),
  ]
  return {
    messageIds: telling.map((one) => one.id).filter((id) => id !== undefined),
    text: telling.find((one) => one.text !== undefined)?.text ?? '',
  }
}

interface Message {
  readonly id: string | undefined
  readonly text: string | undefined
}

function messagesOf(value: unknown): readonly Message[] {
  const list = Array.isArray(value) ? listOf(value) : [value]
  return list.slice(0, messagesMax).map((one) => ({
    id: lastPart(textOf(fieldOf(one, 'MessageId')) ?? textOf(fieldOf(one, 'MessageID'))),
    text: textOf(fieldOf(one, 'Message')),
  }))
}

/** `Base.1.8.ResourceInUse` → `ResourceInUse`: the registry's version differs from firmware to firmware. */
function lastPart(messageId: string | undefined): string | undefined {
  return messageId?.split('.').at(-1)
}
