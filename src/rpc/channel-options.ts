import { logVerbosity, setLogVerbosity, type ChannelOptions } from '@grpc/grpc-js'
import { answerSizeBytesMax, callsPerConnectionMax, requestSizeBytesMax, sessionMemoryMbMax } from './limits.ts'

// grpc-js writes its own lines to stderr, where ours are JSON; what it reports there reaches us as errors as well.
// GRPC_VERBOSITY still brings them back for a search.
if (process.env['GRPC_VERBOSITY'] === undefined) setLogVerbosity(logVerbosity.NONE)

/** How a server notices that a client is gone without a word: 10 s of silence, then a ping that has 10 s. */
export const serverOptions: ChannelOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.max_concurrent_streams': callsPerConnectionMax,
  'grpc.max_receive_message_length': requestSizeBytesMax,
  'grpc.max_send_message_length': answerSizeBytesMax,
  'grpc-node.max_session_memory': sessionMemoryMbMax,
}

/** How a client treats its connection. */
export const clientOptions: ChannelOptions = {
  // Defaults are 1 s and 120 s: a peer that has restarted would be found long after it is back.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // A frozen peer is noticed 8 s after its last word, while a call is open.
  'grpc.keepalive_time_ms': 5000,
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.max_receive_message_length': answerSizeBytesMax,
  'grpc.max_send_message_length': requestSizeBytesMax,
  'grpc-node.max_session_memory': sessionMemoryMbMax,
  // Each channel owns its connection, so that closing it closes the connection.
  'grpc.use_local_subchannel_pool': 1,
  // A site's `http_proxy` is for the internet; the control plane is reached directly.
  'grpc.enable_http_proxy': 0,
  // No TXT lookup for each name: the configuration of a call is ours.
  'grpc.service_config_disable_resolution': 1,
}
