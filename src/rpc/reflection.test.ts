import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createFileRegistry, fromBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  ServerReflection,
  type ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from '../gen/grpc/reflection/v1/reflection_pb.ts'
import { createClient } from './client.ts'
import { collected, TestBench } from './testing/test-bench.ts'

const run = promisify(execFile)

let bench: TestBench
let address: string
beforeEach(async () => {
  bench = new TestBench()
  const server = await bench.serveEcho({
    say: async ({ text, count, words }) => ({ text: [text, ...words].join(' '), number: count }),
    repeat: async function* ({ text, count }) {
      for (let number = 0; number < count; number++) yield { text, number }
    },
  })
  address = server.address
})
afterEach(() => bench.close())

/** Calls a method as a person would, with nothing but the address; `npx` finds the project's buf. */
async function bufCurl(path: string, ...args: string[]): Promise<string> {
  const plain = ['--protocol', 'grpc', '--http2-prior-knowledge']
  const { stdout } = await run('npx', ['buf', 'curl', ...plain, ...args, `http://${address}/${path}`])
  return stdout
}

async function ask(...requests: Parameters<typeof asked>[0]): Promise<ServerReflectionResponse['messageResponse'][]> {
  const client = createClient(ServerReflection, bench.channel(address))
  const responses = await collected(client.serverReflectionInfo(asked(requests)))
  return responses.map(({ messageResponse }) => messageResponse)
}

type Asked = MessageInitShape<typeof ServerReflectionRequestSchema>

async function* asked(requests: Asked['messageRequest'][]): AsyncGenerator<Asked> {
  for (const messageRequest of requests) yield messageRequest === undefined ? {} : { messageRequest }
}

function filesIn(response: ServerReflectionResponse['messageResponse'] | undefined): string[] {
  if (response?.case !== 'fileDescriptorResponse') throw new Error(`no files but ${response?.case}`)
  return response.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name)
}

describe('buf curl, which knows nothing but the address', () => {
  test('lists the services and methods', async () => {
    expect((await bufCurl('', '--list-services')).trim().split('\n').sort()).toEqual([
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'trivet.rpc.testing.EchoService',
    ])
    expect((await bufCurl('', '--list-methods')).trim().split('\n')).toContain('trivet.rpc.testing.EchoService/Say')
  })

  test('calls a unary method and a streaming one with JSON', async () => {
    const data = JSON.stringify({ text: 'hello', count: 3, words: ['to', 'you'], write: { reason: 'a test' } })
    const answer = await bufCurl('trivet.rpc.testing.EchoService/Say', '--data', data)
    expect(JSON.parse(answer)).toEqual({ text: 'hello to you', number: 3 })
    const stream = await bufCurl('trivet.rpc.testing.EchoService/Repeat', '--data', '{"text":"x","count":2}')
    expect(stream.replaceAll(/\s/g, '')).toBe('{"text":"x"}{"text":"x","number":1}')
  })

  test('asks for the health of the server', async () => {
    expect(JSON.parse(await bufCurl('grpc.health.v1.Health/Check', '--data', '{}'))).toEqual({ status: 'SERVING' })
  })
})

describe('the reflection service', () => {
  test('gives a file with all that it imports, from which the whole service can be built again', async () => {
    const [response] = await ask({ case: 'fileContainingSymbol', value: 'trivet.rpc.testing.EchoService' })
    expect(filesIn(response).sort()).toEqual([
      'buf/validate/validate.proto',
      'google/protobuf/descriptor.proto',
      'google/protobuf/duration.proto',
      'google/protobuf/field_mask.proto',
      'google/protobuf/timestamp.proto',
      'trivet/api/v1/write.proto',
      'trivet/rpc/testing/echo.proto',
    ])
    if (response?.case !== 'fileDescriptorResponse') throw new Error('no files')
    const files = response.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
    const registry = createFileRegistry(files[0]!, (imported) => files.find(({ name }) => name === imported))
    const shout: DescMessage | undefined = registry.getMessage('trivet.rpc.testing.Shout')
    expect(shout?.fields.map(({ name }) => name)).toEqual(['text', 'count', 'ballast', 'write', 'words'])
  })

  test('sends each file once a stream, and the one that is asked for always', async () => {
    const value = 'trivet/rpc/testing/echo.proto'
    const responses = await ask(
      { case: 'fileByFilename', value: 'trivet/api/v1/write.proto' },
      { case: 'fileByFilename', value },
      { case: 'fileByFilename', value },
    )
    expect(filesIn(responses[0])).toContain('buf/validate/validate.proto')
    expect(filesIn(responses[1])).toEqual([value])
    expect(filesIn(responses[2])).toEqual([value])
  })

  test('finds the file of a message, a method, a field, an enum value and a nested name', async () => {
    const symbols = {
      'trivet.rpc.testing.Echo': 'trivet/rpc/testing/echo.proto',
      'trivet.rpc.testing.EchoService.Say': 'trivet/rpc/testing/echo.proto',
      'trivet.rpc.testing.Shout.words': 'trivet/rpc/testing/echo.proto',
      'grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING': 'grpc/health/v1/health.proto',
      'grpc.health.v1.HealthCheckResponse.ServingStatus': 'grpc/health/v1/health.proto',
      'google.rpc.ErrorInfo': 'google/rpc/error_details.proto',
    }
    for (const [value, file] of Object.entries(symbols)) {
      expect(filesIn((await ask({ case: 'fileContainingSymbol', value }))[0])[0], value).toBe(file)
    }
  })

  test('finds extensions by message and number', async () => {
    const extendee = 'google.protobuf.FieldOptions'
    const [numbers, file] = await ask(
      { case: 'allExtensionNumbersOfType', value: extendee },
      { case: 'fileContainingExtension', value: { containingType: extendee, extensionNumber: 1159 } },
    )
    expect(numbers).toMatchObject({ case: 'allExtensionNumbersResponse', value: { baseTypeName: extendee } })
    expect(numbers?.value).toMatchObject({ extensionNumber: expect.arrayContaining([1159]) })
    expect(filesIn(file)[0]).toBe('buf/validate/validate.proto')
  })

  test('says NOT_FOUND for what it does not know, and goes on', async () => {
    const responses = await ask(
      { case: 'fileByFilename', value: 'absent.proto' },
      { case: 'fileContainingSymbol', value: 'trivet.rpc.testing.Absent' },
      { case: 'fileContainingSymbol', value: 'trivet.rpc.testing.EchoService.Absent' },
      { case: 'fileContainingSymbol', value: '' },
      { case: 'allExtensionNumbersOfType', value: 'absent' },
      { case: 'fileContainingExtension', value: { containingType: 'absent', extensionNumber: 1 } },
      undefined,
      { case: 'listServices', value: '' },
    )
    const codes = responses.map((response) =>
      response.case === 'errorResponse' ? response.value.errorCode : response.case,
    )
    expect(codes).toEqual([5, 5, 5, 5, 5, 5, 3, 'listServicesResponse'])
  })
})
