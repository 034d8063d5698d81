export { openapiV2 } from './v2.ts';
export { encodeV2, V2_PROTOBUF, V2_PROTOBUF_ANSWER } from './v2-protobuf.ts';
export { openapiV3, openapiV3Index } from './v3.ts';
