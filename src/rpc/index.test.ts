import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** Every module that an import of the given one loads, in a process of its own. */
async function modulesOf(path: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    await import(${JSON.stringify(new URL(path, import.meta.url).href)})
    console.log(JSON.stringify(urls))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return JSON.parse(stdout) as string[]
}

test('the light entry loads neither grpc-js nor protovalidate nor the codec', async () => {
  const light = await modulesOf('./index.ts')
  expect(light.some((url) => url.endsWith('/rpc/service.ts'))).toBe(true)
  expect(light.filter((url) => url.includes('/node_modules/'))).toEqual([])
})

test('a client loads no protovalidate and no server', async () => {
  const client = await modulesOf('./failover-client.ts')
  expect(client.some((url) => url.includes('/@grpc/grpc-js/'))).toBe(true)
  expect(client.filter((url) => /protovalidate\/dist\/esm\/(index|validator)|rpc\/server\.ts/.test(url))).toEqual([])
})
