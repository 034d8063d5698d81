import type { Locate } from './sources.ts';

export const locateDisk: Locate<'disk'> = async (_context, { name }) => ({
  async fetch() {
    throw Object.assign(new Error(`the disk ${name} cannot be read`), { reason: 'SourceNotSupported' });
  },
});
