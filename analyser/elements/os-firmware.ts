import { chosen, keyed, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { ignored, refused, same } from '../table/rule.ts';
import type { Child, ElementTable } from '../table/table.ts';
import { hostPath } from '../values/texts.ts';
import { wordOf, yesNo } from '../values/words.ts';
import { attributeOf, textOf } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const OWN_FIRMWARE = 'the node’s own UEFI is used, not this file';
const OWN_VARIABLES = 'the machine gets a variable store of its own, made from the node’s template';

const secureBoot = machine('libvirt.secureBoot', yesNo, { field: 'spec.machine.firmware.uefi.secureBoot' });

const features: Readonly<Record<string, ElementTable<DomainDraft>>> = {
  'secure-boot': { attributes: { enabled: secureBoot } },
  'enrolled-keys': { attributes: { enabled: ignored('the vendors’ keys are enrolled with secure boot', yesNo) } },
};

/** What `<os firmware='efi'>` asks of the firmware that libvirt looks for. */
export const firmware = one<DomainDraft>({ children: { feature: keyed('name', features) } });

const shared = { secure: secureBoot, readonly: same('the firmware is never written', 'yes') };

const flash: ElementTable<DomainDraft> = {
  attributes: {
    ...shared,
    type: same('UEFI is in flash memory', 'pflash'),
    format: ignored(OWN_FIRMWARE, wordOf('raw', 'qcow2')),
  },
  text: ignored(OWN_FIRMWARE, hostPath),
};

const wanted: ElementTable<DomainDraft> = { attributes: shared };

/** A firmware file in flash memory is UEFI; any other would have to be run as it is. */
export const loader: Child<DomainDraft> = {
  ...chosen<DomainDraft>(
    () => flash,
    () => wanted,
  ),
  read: (node, draft, reading) => {
    const inFlash = attributeOf(node, 'type') === 'pflash';
    if (!inFlash && textOf(node) !== '') {
      return readElement(
        node,
        { whole: refused('a firmware file of one’s own is not supported; only UEFI in flash (type=pflash)') },
        draft,
        reading,
      );
    }
    if (inFlash) draft.libvirt.firmware = 'uefi';
    return readElement(node, flash, draft, reading);
  },
};

export const nvram = one<DomainDraft>({
  attributes: {
    template: ignored(OWN_VARIABLES, hostPath),
    type: ignored(OWN_VARIABLES, wordOf('file')),
    format: ignored(OWN_VARIABLES, wordOf('raw', 'qcow2')),
    templateFormat: ignored(OWN_VARIABLES, wordOf('raw', 'qcow2')),
  },
  text: ignored(OWN_VARIABLES, hostPath),
  children: { source: one({ attributes: { file: ignored(OWN_VARIABLES, hostPath) } }) },
});
