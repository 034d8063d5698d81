import type { PoolDriver } from './driver.ts';

/** Refused until the executor mounts exports itself; an export that is mounted already is a `dir` pool. */
export const nfsDriver: PoolDriver = {
  async prepare({ nfs }) {
    return {
      ready: false,
      reason: 'NotSupported',
      message: `pools of the type nfs are not supported yet: mount ${nfs?.server}:${nfs?.path} on the node and name the folder as dir.path`,
    };
  },
};
