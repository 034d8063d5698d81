import type { PoolDriver } from './driver.ts';

/** A pool that was imported and that nothing here can serve: it says so, and keeps nothing. */
export const externalDriver: PoolDriver = {
  imageFormats: ['raw'],
  async prepare({ external }) {
    const message = `pools of the type ${external?.type ?? 'external'} are only remembered here: move the volumes to a dir or nfs pool`;
    return { ready: false, reason: 'NotSupported', message };
  },
  release: async () => {},
};
