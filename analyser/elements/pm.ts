import { one } from '../table/children.ts';
import { yesNo } from '../values/words.ts';
import { type DomainDraft, machine } from './draft.ts';

export const pm = one<DomainDraft>({
  children: {
    'suspend-to-mem': one({ attributes: { enabled: machine('spec.machine.power.suspendToMemory', yesNo) } }),
    'suspend-to-disk': one({ attributes: { enabled: machine('spec.machine.power.suspendToDisk', yesNo) } }),
  },
});
