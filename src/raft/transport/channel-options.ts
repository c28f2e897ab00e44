import type { ChannelOptions } from '@grpc/grpc-js'
import { flowControlWindowBytes, frameSizeBytesMax, keepaliveMs } from './limits.ts'

/** How peers speak HTTP/2 with each other, on both sides. */
export const channelOptions: ChannelOptions = {
  'grpc.max_send_message_length': frameSizeBytesMax,
  'grpc.max_receive_message_length': frameSizeBytesMax,
  'grpc.keepalive_time_ms': keepaliveMs.interval,
  'grpc.keepalive_timeout_ms': keepaliveMs.timeout,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc-node.flow_control_window': flowControlWindowBytes,
  // Each link has a connection of its own, and only our own pauses between attempts.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // Peers are on the site's own network: a proxy of the environment must not see, or break, their connections.
  'grpc.enable_http_proxy': 0,
}
