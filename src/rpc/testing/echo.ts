import { create, setExtension, toBinary, type Message } from '@bufbuild/protobuf'
import { fileDesc, messageDesc, serviceDesc, type GenMessage, type GenService } from '@bufbuild/protobuf/codegenv2'
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  type FieldOptions,
} from '@bufbuild/protobuf/wkt'
import {
  field as fieldRules,
  FieldRulesSchema,
  file_buf_validate_validate,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js'
import { file_trivet_api_v1_write, type WriteOptions } from '../../gen/trivet/api/v1/write_pb.ts'

/**
 * A service with a method of each kind, for the tests of this room. It is described here and not in `proto/`, so that
 * the product neither ships nor reflects it; what `protoc-gen-es` would write is written by hand below.
 */
const file = fileDesc(
  Buffer.from(
    toBinary(
      FileDescriptorProtoSchema,
      create(FileDescriptorProtoSchema, {
        name: 'trivet/rpc/testing/echo.proto',
        package: 'trivet.rpc.testing',
        syntax: 'proto3',
        dependency: ['trivet/api/v1/write.proto', 'buf/validate/validate.proto'],
        messageType: [
          {
            name: 'Shout',
            field: [
              { ...scalar(1, 'text', Type.STRING), options: stringRules({ maxLen: 100n }) },
              scalar(2, 'count', Type.UINT32),
              scalar(3, 'ballast', Type.BYTES),
              message(4, 'write', '.trivet.api.v1.WriteOptions'),
              {
                ...scalar(5, 'words', Type.STRING),
                label: Label.REPEATED,
                options: itemRules({ minLen: 2n, maxLen: 8n }),
              },
            ],
          },
          {
            name: 'Echo',
            field: [scalar(1, 'text', Type.STRING), scalar(2, 'number', Type.UINT32), scalar(3, 'ballast', Type.BYTES)],
          },
        ],
        service: [
          {
            name: 'EchoService',
            method: [
              method('Say', {}),
              method('Repeat', { serverStreaming: true }),
              method('Gather', { clientStreaming: true }),
              method('Converse', { clientStreaming: true, serverStreaming: true }),
            ],
          },
        ],
      }),
    ),
  ).toString('base64'),
  [file_trivet_api_v1_write, file_buf_validate_validate],
)

/** What is asked: a text of at most 100 characters and words of 2 to 8. */
export type Shout = Message<'trivet.rpc.testing.Shout'> & {
  text: string
  count: number
  ballast: Uint8Array
  write?: WriteOptions | undefined
  words: string[]
}

export const ShoutSchema: GenMessage<Shout> = messageDesc(file, 0)

export type Echo = Message<'trivet.rpc.testing.Echo'> & {
  text: string
  number: number
  ballast: Uint8Array
}

export const EchoSchema: GenMessage<Echo> = messageDesc(file, 1)

/** One method of each kind. */
export const EchoService: GenService<{
  say: { methodKind: 'unary'; input: typeof ShoutSchema; output: typeof EchoSchema }
  repeat: { methodKind: 'server_streaming'; input: typeof ShoutSchema; output: typeof EchoSchema }
  gather: { methodKind: 'client_streaming'; input: typeof ShoutSchema; output: typeof EchoSchema }
  converse: { methodKind: 'bidi_streaming'; input: typeof ShoutSchema; output: typeof EchoSchema }
}> = serviceDesc(file, 0)

function scalar(number: number, name: string, type: Type) {
  return { number, name, jsonName: name, type, label: Label.OPTIONAL }
}

function message(number: number, name: string, typeName: string) {
  return { ...scalar(number, name, Type.MESSAGE), typeName }
}

function method(name: string, kind: { readonly clientStreaming?: boolean; readonly serverStreaming?: boolean }) {
  return { name, inputType: '.trivet.rpc.testing.Shout', outputType: '.trivet.rpc.testing.Echo', ...kind }
}

function stringRules(value: { readonly minLen?: bigint; readonly maxLen: bigint }): FieldOptions {
  return optionsWith({ type: { case: 'string', value } })
}

function itemRules(value: { readonly minLen: bigint; readonly maxLen: bigint }): FieldOptions {
  return optionsWith({ type: { case: 'repeated', value: { items: { type: { case: 'string', value } } } } })
}

function optionsWith(rules: Parameters<typeof create<typeof FieldRulesSchema>>[1]): FieldOptions {
  const options = create(FieldOptionsSchema)
  setExtension(options, fieldRules, create(FieldRulesSchema, rules))
  return options
}
