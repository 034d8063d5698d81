import { chosen, one } from '../table/children.ts';
import { ignored, same } from '../table/rule.ts';
import { wordOf } from '../values/words.ts';
import { textOf } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

/** What follows when the guest powers off, reboots or crashes. */
const action = wordOf('destroy', 'restart');

const asPolicy = { field: 'spec.restartPolicy' } as const;

const OTHERS: readonly string[] = ['preserve', 'rename-restart', 'coredump-destroy', 'coredump-restart'];

/** Words beyond off and on again are about what is kept of a process on the host. */
const event = (field: 'libvirt.onPoweroff' | 'libvirt.onCrash') =>
  chosen<DomainDraft>(
    (node) => ({
      text: OTHERS.includes(textOf(node))
        ? ignored('the machine stays off, and nothing is kept of its memory')
        : machine(field, action, asPolicy),
    }),
    () => ({ text: machine(field, action, asPolicy) }),
  );

export const onPoweroff = event('libvirt.onPoweroff');

export const onCrash = event('libvirt.onCrash');

export const onReboot = chosen<DomainDraft>((node) => ({
  text:
    textOf(node) === 'restart'
      ? same('a guest that reboots is started again', 'restart')
      : ignored('a guest that reboots is always started again', wordOf('destroy', 'preserve', 'rename-restart')),
}));

export const onLockfailure = one<DomainDraft>({
  text: ignored('no lock manager is asked', wordOf('poweroff', 'restart', 'pause', 'ignore')),
});
