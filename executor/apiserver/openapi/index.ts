export { openapiV2 } from './v2.ts';
export { openapiV3, openapiV3Index } from './v3.ts';
