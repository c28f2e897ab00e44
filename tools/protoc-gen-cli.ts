import { createEcmaScriptPlugin, runNodeJs } from '@bufbuild/protoplugin'
import { generateCli } from './cli-table/generate.ts'

/** The plugin that `buf generate` runs: proto/ → src/gen/cli/. It needs all files in one run (`strategy: all`). */
runNodeJs(createEcmaScriptPlugin({ name: 'protoc-gen-cli', version: 'v1', generateTs: generateCli }))
