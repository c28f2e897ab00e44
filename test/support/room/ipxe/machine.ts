import type { Image } from './image.ts'
import type { Settings } from './settings.ts'
import type { Uri } from './uri.ts'

/** What an iPXE needs of the server that it runs on. A rejection of any of these ends the boot: power is gone. */
export interface FirmwarePort {
  /** Downloads, retries and all; without `timeoutMs` it may take for ever. */
  fetch(request: FetchRequest): Promise<FetchAnswer>
  sleep(delayMs: number): Promise<void>
  /** One line on the console. */
  print(text: string): void
}

export interface FetchRequest {
  /** Absolute. */
  readonly uri: Uri
  readonly use: FetchUse
  /** Longest time without a byte of the body, in milliseconds. */
  readonly timeoutMs: number | undefined
}

/** What the script wants it for. Of `chain` and `boot` only the content tells whether it is a script. */
export type FetchUse = 'chain' | 'kernel' | 'initrd'

export type FetchAnswer =
  /** `uri` is the last one after redirects: relative URIs of a script resolve against it. */
  { readonly ok: true; readonly uri: Uri; readonly body: Buffer } | { readonly ok: false; readonly error: string }

/** How an iPXE ended. Nothing comes after any of them but the firmware. */
export type IpxeEnd =
  | {
      readonly kind: 'booted'
      readonly kernel: Image
      readonly initrds: readonly Image[]
      readonly commandLine: string
    }
  | { readonly kind: 'rebooted' }
  /** The script ended, by `exit` or at its end, without booting. */
  | { readonly kind: 'ended'; readonly failed: boolean; readonly reason: string }
  | { readonly kind: 'script_error'; readonly reason: string }

/** What one command did. */
export type CommandResult =
  | { readonly kind: 'status'; readonly ok: boolean; readonly message?: string }
  | { readonly kind: 'goto'; readonly label: string }
  /** Leaves the script; with `replacement` another one runs in its place. */
  | { readonly kind: 'exit'; readonly ok: boolean; readonly replacement?: Image }
  | { readonly kind: 'end'; readonly end: IpxeEnd }

/** What commands work on. */
export interface Machine {
  readonly port: FirmwarePort
  readonly settings: Settings
  /** Registered images, in the order in which they came. Running scripts are not among them. */
  readonly images: Image[]
  /** The image that `boot` without a name starts. */
  selected: Image | undefined
  /** URI of the running script, against which relative ones resolve. */
  readonly base: Uri | undefined
  /** Starts an image and answers when it is through. */
  execute(image: Image): Promise<CommandResult>
}

export const succeeded: CommandResult = { kind: 'status', ok: true }

export function failed(message: string): CommandResult {
  return { kind: 'status', ok: false, message }
}
