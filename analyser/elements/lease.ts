import { aside, one } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import { whole } from '../values/numbers.ts';
import { hostPath, text } from '../values/texts.ts';

const OWN_LOCKS = 'leases are for a lock manager of libvirt’s; qemu’s own locks keep a second writer from a disk';

export const lease = aside({
  children: {
    lockspace: one({ text: ignored(OWN_LOCKS, text()) }),
    key: one({ text: ignored(OWN_LOCKS, text()) }),
    target: one({ attributes: { path: ignored(OWN_LOCKS, hostPath), offset: ignored(OWN_LOCKS, whole()) } }),
  },
});
