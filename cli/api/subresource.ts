import { queryString, resourcePath } from '../../schemas/client/paths.ts';
import { OURS } from './resources.ts';

type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** What can be done with a running machine beside changing its object. */
export type MachineSubresource =
  | 'console'
  | 'log'
  | 'vnc'
  | 'screenshot'
  | 'sendkey'
  | 'stats'
  | 'agent'
  | `portforward/${number}/${'tcp' | 'udp'}`;

/** `/apis/subresources.vmctl.dev/v1alpha1/namespaces/default/virtualmachines/web/console?force=true` */
export const machineSubresource = (
  namespace: string,
  name: string,
  subresource: MachineSubresource,
  query: QueryValues = {},
): string =>
  resourcePath({ ...OURS.VirtualMachine, group: 'subresources.vmctl.dev' }, { namespace, name, subresource }) +
  queryString(query);

/** Where the content of an image is sent to. */
export const uploadPath = (namespace: string, name: string, query: QueryValues = {}): string =>
  resourcePath(
    { ...OURS.VirtualMachineImage, group: 'subresources.vmctl.dev' },
    { namespace, name, subresource: 'upload' },
  ) + queryString(query);
