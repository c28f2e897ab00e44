import { toBinary, type DescFile, type DescService, type MessageInitShape } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { file_google_rpc_error_details } from '../gen/google/rpc/error_details_pb.ts'
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from '../gen/grpc/reflection/v1/reflection_pb.ts'
import { DescriptorIndex, fileName } from './descriptor-index.ts'
import { service, type BoundService } from './service.ts'
import { statusNumbers } from './status-codes.ts'

type Response = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>

/**
 * The `grpc.reflection.v1.ServerReflection` service: what lets `buf curl` and grpcurl call this server without the
 * .proto files. It describes the given services, itself, every file that they import, and the details of errors.
 */
export function reflectionService(services: readonly DescService[]): BoundService {
  const described = [...services, ServerReflection]
  const index = new DescriptorIndex([...described.map(({ file }) => file), file_google_rpc_error_details])
  const names = described
    .map(({ typeName }) => ({ name: typeName }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))

  return service(ServerReflection, {
    serverReflectionInfo: async function* (requests) {
      const sent = new Set<string>()
      for await (const request of requests) {
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answerTo(request.messageRequest, { index, names, sent }),
        }
      }
    },
  })
}

interface Known {
  readonly index: DescriptorIndex
  readonly names: { name: string }[]
  /** Files that this caller already has. */
  readonly sent: Set<string>
}

function answerTo(asked: ServerReflectionRequest['messageRequest'], { index, names, sent }: Known): Response {
  switch (asked.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: names } }
    case 'fileByFilename':
      return filesResponse(index.file(asked.value), asked.value, sent)
    case 'fileContainingSymbol':
      return filesResponse(index.fileOf(asked.value), asked.value, sent)
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = asked.value
      const file = index.fileOfExtension(containingType, extensionNumber)
      return filesResponse(file, `extension ${extensionNumber} of ${containingType}`, sent)
    }
    case 'allExtensionNumbersOfType': {
      const extensionNumber = index.extensionNumbers(asked.value)
      if (extensionNumber === undefined) return notFound(asked.value)
      return { case: 'allExtensionNumbersResponse', value: { baseTypeName: asked.value, extensionNumber } }
    }
    case undefined:
      return {
        case: 'errorResponse',
        value: { errorCode: statusNumbers.INVALID_ARGUMENT, errorMessage: 'the request asks for nothing' },
      }
  }
}

/** The file with all that it imports, as far as the caller has not got it yet; the file itself always. */
function filesResponse(file: DescFile | undefined, name: string, sent: Set<string>): Response {
  if (file === undefined) return notFound(name)
  sent.delete(fileName(file))
  const fileDescriptorProto: Uint8Array[] = []
  const queue = [file]
  for (const next of queue) {
    if (sent.has(fileName(next))) continue
    sent.add(fileName(next))
    fileDescriptorProto.push(toBinary(FileDescriptorProtoSchema, next.proto))
    queue.push(...next.dependencies)
  }
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } }
}

function notFound(name: string): Response {
  const value = { errorCode: statusNumbers.NOT_FOUND, errorMessage: `${name} is not known here` }
  return { case: 'errorResponse', value }
}
