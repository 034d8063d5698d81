import { one } from '../table/children.ts';
import { ignored } from '../table/rule.ts';
import { yesNo } from '../values/words.ts';
import type { DomainDraft } from './draft.ts';

const SLEEP = 'the guest may sleep as the machine type allows';

export const pm = one<DomainDraft>({
  children: {
    'suspend-to-mem': one({ attributes: { enabled: ignored(SLEEP, yesNo) } }),
    'suspend-to-disk': one({ attributes: { enabled: ignored(SLEEP, yesNo) } }),
  },
});
