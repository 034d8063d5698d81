import { type AccessHost, accessSubresources } from '../access/index.ts';
import type { Subresources } from '../apiserver/subresources.ts';
import { consoleSubresources } from '../console/index.ts';
import { imageSubresources } from '../kinds/virtualmachineimage/upload-handler.ts';

/** All that can be done with what a node has beside changing objects; the host is asked for with each request. */
export const allSubresources = (access: () => AccessHost): Subresources =>
  new Map([...consoleSubresources(access), ...accessSubresources(access), ...imageSubresources(access)]);
