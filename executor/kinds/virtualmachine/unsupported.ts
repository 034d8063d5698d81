import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { reservationOf } from './holder.ts';
import { type Check, IMPORTED } from './unsupported-imported.ts';

/** Fields that this version takes and does not carry out yet. They are never dropped in silence. */
const CHECKS: readonly Check[] = [
  ...IMPORTED,
  {
    field: 'spec.machine.features.hyperV',
    used: (spec, accelerator) => accelerator === 'tcg' && (spec.machine.features?.hyperV?.length ?? 0) > 0,
  },
  { field: 'spec.nodeSelector', used: (spec) => Object.keys(spec.nodeSelector ?? {}).length > 0, placement: true },
  { field: 'spec.affinity', used: (spec) => Object.keys(spec.affinity ?? {}).length > 0, placement: true },
  {
    field: 'spec.topologySpreadConstraints',
    used: (spec) => (spec.topologySpreadConstraints?.length ?? 0) > 0,
    placement: true,
  },
];

/** Fields of a machine that have no effect here. */
export function unsupportedFields(
  machine: VirtualMachine,
  options: { readonly accelerator?: 'kvm' | 'tcg'; readonly extraArguments: boolean },
): string[] {
  const spec = completeSpec(machine.spec);
  const placed = reservationOf(machine) !== undefined;
  const found = CHECKS.filter(({ used, placement }) => !(placed && placement) && used(spec, options.accelerator)).map(
    ({ field }) => field,
  );
  const extra = !options.extraArguments && (spec.launch?.extraArguments?.length ?? 0) > 0;
  return extra ? [...found, 'spec.launch.extraArguments'] : found;
}
