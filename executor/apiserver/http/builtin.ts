/**
 * Not `import`: making an ES module of node:http evaluates all its getters, which loads the fetch implementation,
 * ten megabytes that a server has no use for.
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
