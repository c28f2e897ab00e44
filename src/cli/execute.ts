import type { JsonObject } from '@bufbuild/protobuf'
import { answerText, messageText, answerRows } from './answer-text.ts'
import { changingAnswer } from './changing-answer.ts'
import { displayFor } from './display.ts'
import { answerFrame, rowLine, workFrame } from './frame.ts'
import { ask, listen, type Run } from './run.ts'
import { styleFor } from './style.ts'
import type { CommandTable, WorkTable } from './table.ts'
import { requireCompleted, workMoments, type WorkMoment } from './work.ts'

/** Carries out one command and prints what it answers. Errors: what the API throws; WORK_NOT_COMPLETED. */
export async function execute(run: Run): Promise<void> {
  const { table, settings, request } = run
  if (table.follows !== undefined) return await followWork(run, table, table.follows, request)
  if (table.streams === true) return await printLog(run)
  if (settings.watch) return await watchAnswer(run)
  const answer = await ask(run, table, request)
  if (settings.wait && table.starts !== undefined) return await waitForWork(run, answer, table.starts)
  await printAnswer(run, answer)
}

async function printAnswer({ table, settings, surroundings }: Run, answer: JsonObject): Promise<void> {
  const { stdout, env } = surroundings
  const form = { ...settings, headerStyle: styleFor('bold', stdout, env) }
  stdout.write(await answerText(answer, table, form))
}

/** A stream about one piece of work, to its end. */
async function followWork(run: Run, follower: CommandTable, work: WorkTable, request: JsonObject): Promise<void> {
  const moments = workMoments(run, follower, work, request)
  const { format } = run.settings
  if (format === 'table') return await showWork(run, follower, work, moments)
  let last: JsonObject = {}
  for await (const { message, whole } of moments) {
    run.surroundings.stdout.write(await messageText(message, format))
    last = whole
  }
  requireCompleted(last, work, follower.noun)
}

/** What a command has started, to its end. In JSON and YAML the answer is printed once, with the work as it ended. */
async function waitForWork(run: Run, answer: JsonObject, work: NonNullable<CommandTable['starts']>): Promise<void> {
  const follower = run.noun.commands.find(({ verb }) => verb === work.verb)!
  const [argument] = follower.arguments
  const { id = '' } = (answer[work.resource] ?? {}) as JsonObject
  const moments = workMoments(run, follower, work, { [argument!.path]: id })
  if (run.settings.format === 'table') return await showWork(run, follower, work, moments)
  let last = answer
  for await (const { whole } of moments) last = whole
  const ended = { ...answer, [work.resource]: last[work.resource] ?? null }
  await printAnswer(run, ended)
  requireCompleted(last, work, follower.noun)
}

async function showWork(
  run: Run,
  follower: CommandTable,
  work: WorkTable,
  moments: AsyncIterable<WorkMoment>,
): Promise<void> {
  const display = displayFor(run.surroundings.stdout)
  const shown = { noun: follower.noun, parts: follower.answer.parts ?? [], header: run.settings.header }
  let last: JsonObject = {}
  try {
    for await (const { whole } of moments) {
      last = whole
      display.show(workFrame(whole, work, shown))
    }
  } finally {
    display.end()
  }
  requireCompleted(last, work, follower.noun)
}

/** A stream that is no work: each message stands for itself. */
async function printLog(run: Run): Promise<void> {
  const { table, settings, surroundings } = run
  const [part] = table.answer.parts ?? []
  for await (const message of listen(run, table, run.request)) {
    if (settings.format !== 'table') surroundings.stdout.write(await messageText(message, settings.format))
    else {
      const rows = part === undefined ? [message] : answerRows(message, part).map((row) => ({ ...message, ...row }))
      const columns = [...(table.answer.log ?? []), ...(part?.columns ?? [])]
      for (const row of rows) surroundings.stdout.write(`${rowLine(row, columns)}\n`)
    }
  }
}

/** An answer that is shown again whenever it is another one. */
async function watchAnswer(run: Run): Promise<void> {
  const { table, settings, surroundings, request } = run
  const display = displayFor(surroundings.stdout)
  let shown = ''
  try {
    for await (const answer of changingAnswer(run, table, request)) {
      // The revision of a list moves on with every change anywhere; that alone is no news about this list.
      const content = JSON.stringify({ ...answer, revision: '' })
      if (content === shown) continue
      shown = content
      if (settings.format === 'table') display.show(answerFrame(answer, table, settings))
      else surroundings.stdout.write(await messageText(answer, settings.format))
    }
  } finally {
    display.end()
  }
}
