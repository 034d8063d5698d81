import type { DomainDraft } from '../elements/draft.ts';
import type { Building } from './building.ts';

const POLICIES = {
  Always: { onPoweroff: 'restart', onCrash: 'restart' },
  OnFailure: { onPoweroff: 'destroy', onCrash: 'restart' },
  Never: { onPoweroff: 'destroy', onCrash: 'destroy' },
} as const;

type Policy = keyof typeof POLICIES;

/** `<on_poweroff>` and `<on_crash>` as one restart policy; libvirt destroys where it is told nothing. */
export function lifecycleFromLibvirt({ draft, faults }: Building): void {
  const { onPoweroff = 'destroy', onCrash = 'destroy' } = draft.libvirt;
  const found = Object.entries(POLICIES).find(([, one]) => one.onPoweroff === onPoweroff && one.onCrash === onCrash);
  if (found) draft.spec.restartPolicy = found[0] as Policy;
  else
    faults.push({
      xpath: '/domain/on_poweroff',
      reason: 'a machine that restarts after power-off restarts after a crash too',
    });
}

export function lifecycleToLibvirt({ spec, libvirt }: DomainDraft): void {
  Object.assign(libvirt, POLICIES[spec.restartPolicy ?? 'OnFailure']);
}
