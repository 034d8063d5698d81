import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';

/**
 * What is wrong with a spec, for servers that have no CEL (Kubernetes before 1.25) and so let pass what our rules refuse.
 * The schemas are loaded only for that: they take 20 MB.
 */
export async function whyInvalid({ spec }: VirtualMachine): Promise<string | undefined> {
  const { virtualMachine } = await import('../../../schemas/kinds/virtual-machine.ts');
  const result = virtualMachine.spec.safeParse(spec);
  if (result.success) return undefined;
  return result.error.issues.map(({ path, message }) => `${['spec', ...path].join('.')}: ${message}`).join('; ');
}
