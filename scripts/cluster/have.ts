import { missingServers } from './binaries.ts';

/** Ends with 0 where the API servers for tests are there, or where somebody else provides them, complete or not. */
process.exitCode = missingServers() === undefined || process.env['KUBEBUILDER_ASSETS'] ? 0 : 1;
