export { type Acceleration, type ProbeOptions, probeAccelerator } from './accelerator.ts';
export { syncFolder, type WriteOptions, writeFileAtomic } from './atomic.ts';
export { type CgroupSupport, createCgroup, detectCgroups, type MachineCgroup, removeCgroup } from './cgroup.ts';
export { type HostFacts, hostFacts } from './facts.ts';
export { openRegular } from './open-regular.ts';
export {
  besideRunDir,
  type HostPaths,
  hostPaths,
  makeRunDir,
  type Owner,
  prepareHome,
  removeRunDir,
  runDirOf,
} from './paths.ts';
export { bootId, type ProcessInfo, readProcess } from './proc.ts';
export { type Want, whyUnreachable } from './reach.ts';
export { TOOLS, type Tool, type ToolName, type Tools } from './tools.ts';
export { lookupUser, type ResolveUserOptions, resolveQemuUser, type UserChoice } from './user.ts';
