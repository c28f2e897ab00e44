/**
 * The few files beside the log, which must survive what LevelDB does not. Paths are relative to the directory that the
 * implementation was made for; every implementation passes `filesContract`.
 */
export interface Files {
  /** The whole content; undefined if there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>

  /** Puts a whole new content in the place of the old one, durably: after a crash it is one or the other. */
  replace(path: string, content: Uint8Array): Promise<void>

  /** Makes an empty file, also in the place of another one. */
  create(path: string): Promise<OpenFile>

  /** Size of a file; undefined if there is none. */
  sizeOf(path: string): Promise<number | undefined>

  /** A part of a file, shorter only at its end. */
  readPart(path: string, part: { readonly position: number; readonly sizeBytes: number }): Promise<Uint8Array>

  /** Opens an existing file to overwrite parts of it in place. */
  open(path: string): Promise<OpenFile>

  /** Whether there is a file or directory of that name. */
  exists(path: string): Promise<boolean>

  /** Makes a directory and the ones above it; no error if it is there. */
  makeDirectory(path: string): Promise<void>

  /** Gives a directory its final name, durably. Fails if the new name is taken by a directory with content. */
  renameDirectory(names: { readonly from: string; readonly to: string }): Promise<void>

  /** Gives a file another name, durably, in place of whatever file had it. Its content is durable already. */
  renameFile(names: { readonly from: string; readonly to: string }): Promise<void>

  /** Removes a file, durably; no error if it is not there. */
  removeFile(path: string): Promise<void>

  /** Removes a directory with everything in it; no error if it is not there. */
  removeDirectory(path: string): Promise<void>
}

/** A file that is overwritten in place, and grows by what is written behind its end. */
export interface OpenFile {
  /** Overwrites in this very loop turn. Survives the end of the process; the loss of power only after `sync`. */
  write(part: { readonly position: number; readonly bytes: Uint8Array }): void

  /** Everything written so far survives the loss of power once this has resolved. */
  sync(): Promise<void>

  close(): Promise<void>
}
