import { chosen, one } from '../table/children.ts';
import { ignored, same } from '../table/rule.ts';
import { wordOf } from '../values/words.ts';
import { textOf } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

/** What follows when the guest powers off, reboots or crashes. */
const action = wordOf('destroy', 'restart');

const asPolicy = { field: 'spec.restartPolicy' } as const;

export const onPoweroff = one<DomainDraft>({ text: machine('libvirt.onPoweroff', action, asPolicy) });

export const onCrash = one<DomainDraft>({ text: machine('libvirt.onCrash', action, asPolicy) });

export const onReboot = chosen<DomainDraft>((node) => ({
  text:
    textOf(node) === 'destroy'
      ? ignored('a guest that reboots is always started again')
      : same('a guest that reboots is started again', 'restart'),
}));
