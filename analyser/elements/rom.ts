import { field, type Imported, same } from '../table/rule.ts';
import { hostPath } from '../values/texts.ts';
import { onOff, yesNo } from '../values/words.ts';

/** `<rom>`: boot code of a PCI device. @param path of it in the scope */
export const romRules = <S extends object>(
  path: 'rom' | 'spec.rom',
): Record<'enabled' | 'bar' | 'file', Imported<S>> => ({
  enabled: field<S, boolean>(`${path}.enabled` as never, yesNo, { field: 'spec.rom.enabled' }),
  bar: field<S, boolean>(`${path}.bar` as never, onOff, { field: 'spec.rom.bar' }),
  file: field<S, string>(`${path}.file` as never, hostPath, { field: 'spec.rom.file', unless: same('no file', '') }),
});
