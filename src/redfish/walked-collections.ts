import { trivetError, type TrivetError } from '../lib/errors.ts'
import type { BrokenExpand } from './broken-expand.ts'
import { amountOf, documentOf, listOf, type Document } from './document.ts'
import type { WalkGap } from './facts.ts'
import { limits } from './limits.ts'
import { linkedPath, pathKey, resourcePath } from './link.ts'
import type { Resource } from './mapping/resource.ts'
import type { WalkAnswer, WalkReader } from './walk-reader.ts'

export interface Members {
  readonly resources: readonly Resource[]
  /** Why the first unreadable member could not be read; `undefined` when all were, or are plainly not there. */
  readonly firstFailure: TrivetError | undefined
}

const none: Members = { resources: [], firstFailure: undefined }

/**
 * Reads collections and documents of one walk: with `$expand` where the BMC promises it and keeps the promise, member
 * by member elsewhere; each resource once, each link within the BMC.
 */
export class WalkedCollections {
  /** Requests at once. */
  parallel = 1
  readonly #gaps: WalkGap[] = []
  readonly #reader: WalkReader
  readonly #firmware: string
  readonly #brokenExpand: BrokenExpand
  readonly #visited = new Set<string>()
  #query: string | undefined

  constructor(
    reader: WalkReader,
    expand: { readonly query: string | undefined; readonly firmware: string; readonly brokenExpand: BrokenExpand },
  ) {
    this.#reader = reader
    this.#firmware = expand.firmware
    this.#brokenExpand = expand.brokenExpand
    this.#query = expand.brokenExpand.has(expand.firmware) ? undefined : expand.query
  }

  /** What could not be read so far. */
  get gaps(): readonly WalkGap[] {
    return this.#gaps
  }

  /** The members of the collection that `owner` links to; none, and a gap, if it cannot be read. */
  async members(link: unknown, owner: string): Promise<Members> {
    return this.#collect(link, owner, (path, failure) => {
      this.#note(path, failure.message)
      return none
    })
  }

  /** As `members`; throws what makes the collection unreadable, unless it is not there at all. */
  async indispensableMembers(link: unknown, owner: string): Promise<Members> {
    return this.#collect(link, owner, (path, failure, httpStatus) => {
      if (httpStatus !== 404) throw failure
      this.#note(path, failure.message)
      return none
    })
  }

  /** One document; `undefined`, and a gap, if it cannot be read. */
  async document(path: string): Promise<Resource | undefined> {
    const read = await this.#member(path)
    return 'document' in read ? read : undefined
  }

  /** Runs the task over all, at most `parallel` at once, and keeps their order. */
  async inParallel<From, To>(all: readonly From[], task: (one: From) => To | Promise<To>): Promise<To[]> {
    const results: To[] = []
    let next = 0
    const worker = async (lane: number): Promise<void> => {
      while (next < all.length && lane < this.parallel) {
        const at = next++
        results[at] = await task(all[at]!)
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.parallel, all.length) }, (_, lane) => worker(lane)))
    return results
  }

  async #collect(
    link: unknown,
    owner: string,
    unreadable: (path: string, failure: TrivetError, httpStatus: number | undefined) => Members,
  ): Promise<Members> {
    if (link === undefined || link === null) return none
    const path = linkedPath(link)
    if (path === undefined) {
      this.#note(owner, 'one of its links leads elsewhere, or nowhere')
      return none
    }
    const expanded = await this.#expanded(path)
    const listed = expanded ?? (await this.#listed(path))
    if ('failure' in listed) return unreadable(path, listed.failure, listed.httpStatus)
    const failures: TrivetError[] = listed.tornOff === undefined ? [] : [listed.tornOff]
    const resources = await this.inParallel(listed.members, async (member) => {
      if (member.document !== undefined) return { path: resourcePath(member.path), document: member.document }
      const read = await this.#member(member.path)
      if ('document' in read) return read
      if (read.failure !== undefined) failures.push(read.failure)
      return undefined
    })
    return { resources: resources.filter((one) => one !== undefined), firstFailure: failures[0] }
  }

  /** The whole collection in one request; `undefined` when it has to be read the plain way. */
  async #expanded(path: string): Promise<Listing | undefined> {
    if (this.#query === undefined || path.includes('?')) return undefined
    const answer = await this.#read(`${path}?${this.#query}`)
    if ('failure' in answer) {
      this.#query = undefined
      // A time-out says nothing about $expand; a refusal does.
      if (answer.httpStatus !== undefined) this.#brokenExpand.add(this.#firmware)
      return undefined
    }
    const list = answer.document['Members']
    // Further pages have to be followed, and what is no list may be one without $expand.
    if (!Array.isArray(list) || answer.document['Members@odata.nextLink'] !== undefined) return undefined
    const count = amountOf(answer.document['Members@odata.count'])
    const members = this.#membersOf(answer.document, path)
    const isWhole = (count === undefined || count === list.length) && members.every((one) => one.document !== undefined)
    if (isWhole) return { members, tornOff: undefined }
    this.#query = undefined
    this.#brokenExpand.add(this.#firmware)
    return undefined
  }

  /** The members' paths, page by page. */
  async #listed(path: string): Promise<Listing | Failure> {
    const members: ListedMember[] = []
    let page: string | undefined = path
    while (page !== undefined) {
      if (!this.#visit(page)) {
        this.#note(page, 'a page of the collection leads back to an earlier one')
        break
      }
      const answer = await this.#readCollection(page)
      if ('failure' in answer) {
        if (members.length === 0) return answer
        this.#note(page, answer.failure.message)
        return { members, tornOff: answer.failure }
      }
      members.push(...this.#membersOf(answer.document, path))
      this.#requireMembersLimit(members.length, path)
      const next = answer.document['Members@odata.nextLink']
      page = linkedPath(next)
      if (typeof next === 'string' && page === undefined) this.#note(path, 'its next page leads elsewhere')
    }
    return { members, tornOff: undefined }
  }

  /** Some BMCs know a collection under its path with a trailing slash only. */
  async #readCollection(path: string): Promise<WalkAnswer> {
    const answer = await this.#read(path)
    const notThere = 'failure' in answer && answer.httpStatus === 404
    return notThere && !path.endsWith('/') && !path.includes('?') ? this.#read(`${path}/`) : answer
  }

  #membersOf(document: Document, path: string): readonly ListedMember[] {
    const list = listOf(document['Members'])
    this.#requireMembersLimit(list.length, path)
    const members = new Map<string, ListedMember>()
    for (const one of list) {
      const member = linkedPath(one)
      if (member === undefined) {
        this.#note(path, 'one of its members leads elsewhere, or nowhere')
        continue
      }
      const body = documentOf(one)
      const isWholeMember = body !== undefined && Object.keys(body).some((name) => !name.startsWith('@odata.'))
      members.set(pathKey(member), { path: member, document: isWholeMember ? body : undefined })
    }
    return [...members.values()]
  }

  async #member(path: string): Promise<Resource | { readonly failure: TrivetError | undefined }> {
    if (!this.#visit(path)) {
      this.#note(path, 'the link leads to a resource that was read already')
      return { failure: undefined }
    }
    const answer = await this.#read(path)
    if ('document' in answer) return { path: resourcePath(path), document: answer.document }
    this.#note(path, answer.failure.message)
    return { failure: answer.httpStatus === 404 ? undefined : answer.failure }
  }

  /** Reads once more, and from then on one at a time, when parallel requests may have confused the BMC (MegaRAC). */
  async #read(path: string): Promise<WalkAnswer> {
    const answer = await this.#reader.get(path)
    if ('document' in answer || this.parallel === 1) return answer
    const confused =
      answer.httpStatus === 403 || (answer.httpStatus ?? 0) >= 500 || answer.failure.code === 'BMC_NOT_REDFISH'
    if (!confused) return answer
    this.parallel = 1
    return this.#reader.get(path)
  }

  #visit(path: string): boolean {
    const key = pathKey(path)
    if (this.#visited.has(key)) return false
    this.#visited.add(key)
    return true
  }

  #note(path: string, reason: string): void {
    if (this.#gaps.length < limits.gapsMax) this.#gaps.push({ path, reason })
  }

  #requireMembersLimit(count: number, path: string): void {
    if (count <= limits.membersMax) return
    throw trivetError('BMC_LIMIT_EXCEEDED', {
      address: this.#reader.address,
      what: `${count} members in ${path}`,
      limit: limits.membersMax,
      unit: 'members',
    })
  }
}

interface ListedMember {
  readonly path: string
  /** Present when `$expand` brought it along. */
  readonly document: Document | undefined
}

interface Listing {
  readonly members: readonly ListedMember[]
  /** Why the list ends before its end. */
  readonly tornOff: TrivetError | undefined
}

type Failure = Extract<WalkAnswer, { failure: TrivetError }>
