import type { DomainDraft } from '../elements/draft.ts';
import { sayAbsentOfDevices } from './absent-devices.ts';

/**
 * Says what libvirt takes where the XML is silent and our own default is another: without this, an imported machine would
 * have devices and features that it never had.
 */
export function sayAbsent(draft: DomainDraft): void {
  const { spec } = draft;
  spec.machine = { type: 'pc', ...spec.machine };
  spec.machine.features = { acpi: false, ...spec.machine.features };
  spec.balloon = { freePageReporting: false, deflateOnOom: false, ...spec.balloon };
  spec.panic ??= { enabled: false };
  for (const list of ['graphics', 'channels', 'inputs', 'rng'] as const) spec[list] ??= [];
  if (spec.tpm) spec.tpm = { model: 'tis', ...spec.tpm };
  spec.serials ??= [];
  sayAbsentOfDevices(draft);
}
